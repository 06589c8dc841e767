import type { NetworkConfig } from '../domain/config.ts';
import { placeNetwork } from '../domain/network/network.ts';
import { mapSize } from '../domain/network/size.ts';
import { type CheckedNetwork, checkRunFile } from '../run-file/check.ts';
import { type ReadOptions, type RunFile, readRunFile } from '../run-file/read.ts';

/** What is known of one version of a document. */
export interface Analysis {
  readonly runFile: RunFile;
  /** What is predicted of the network, once that has been worked out; absent where the file has mistakes. */
  readonly checked?: CheckedNetwork;
  /**
   * When the prediction may be made: at once, when the user pauses (it takes longer than a keystroke may wait), or not here
   * (it takes seconds; `rectiscope check` does it). Absent where there is nothing to predict.
   */
  readonly prediction?: 'now' | 'later' | 'never';
}

/**
 * Positions that a prediction visits, at some 0.2 µs each: 200,000 take 40 ms, 3 million (VGG-19 has 1.3) half a second.
 */
const visits = { now: 200_000, later: 3_000_000 } as const;

/** Window positions of all layers: what the time of a prediction is proportional to. */
function predictionCost(network: NetworkConfig): number {
  return placeNetwork(network).layers.reduce((sum, { layer, input, output }) => {
    const positions = output[0] * output[1];
    if (layer.type === 'conv') return sum + positions * layer.kernel ** 2;
    if (layer.type === 'max_pool' || layer.type === 'average_pool') return sum + positions * layer.size ** 2;
    return sum + (mapSize(input) / input[2]) * (layer.type === 'spp' ? layer.bins.length : 1);
  }, 0);
}

/** Read a document: mistakes with their places, and how long a prediction would take. Never throws. */
export function readDocument(text: string, options: Omit<ReadOptions, 'forCheck'>): Analysis {
  const runFile = readRunFile(text, { ...options, forCheck: true });
  if (!runFile.config) return { runFile };
  const cost = predictionCost(runFile.config.network);
  return { runFile, prediction: cost <= visits.now ? 'now' : cost <= visits.later ? 'later' : 'never' };
}

/** Read a document and predict how signal and gradient go through its network. */
export function predictDocument(text: string, options: Omit<ReadOptions, 'forCheck'>): Analysis {
  const { runFile, checked } = checkRunFile(text, options);
  return { runFile, ...(checked ? { checked } : {}) };
}
