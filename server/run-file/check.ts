/** Static analysis of a run file: what `rectiscope check` prints and the language server shows. */
import type { RunConfig } from '../domain/config.ts';
import { multiplyAdds, type Network, parameterCount, placeNetwork, weightedLayers } from '../domain/network/network.ts';
import { type StoredMoments, storedLayers, withMoments } from '../domain/network/stored-weights.ts';
import type { Propagation } from '../domain/propagation/propagate.ts';
import type { StaticContext } from '../domain/rules/rule.ts';
import { checkStatically } from '../domain/rules/rules.ts';
import { surveyedData } from '../domain/survey/survey.ts';
import type { DataFacts } from '../protocol/data-look.ts';
import type { FindingEvent } from '../protocol/events.ts';
import { describeFinding } from './findings.ts';
import { placeOf } from './place.ts';
import { predict } from './propagation.ts';
import { type ReadOptions, type RunFile, readRunFile } from './read.ts';

type StaticFinding = Omit<FindingEvent, 'event' | 'run'>;

/** A file that can be read as a network, and its predictions. */
export interface CheckedNetwork {
  readonly network: Network;
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly propagation: Propagation;
  readonly findings: readonly StaticFinding[];
}

export interface Checked {
  readonly runFile: RunFile;
  /** Absent if the file has mistakes, or if its weights come from a file that was not read. */
  readonly checked?: CheckedNetwork;
}

/** All that was found of the data, or a part of it. */
type KnownFacts = Pick<DataFacts, 'classCounts'> & Partial<DataFacts>;

interface Known {
  /** What a run read from its weight files, which may have been removed since. */
  readonly stored?: Readonly<Record<string, StoredMoments>> | undefined;
  /** What is known about the data, if it was looked at. */
  readonly data?: KnownFacts | undefined;
}

/** Check a text; never throws. `data` may be left out of the file. */
export const checkRunFile = (
  text: string,
  { stored, data, ...options }: Omit<ReadOptions, 'forCheck'> & Known,
): Checked => checkRead(readRunFile(text, { ...options, forCheck: true }), { stored, data });

/** Check a file that has been read with `forCheck`. */
export function checkRead(runFile: RunFile, { stored, data }: Known): Checked {
  const { config, positions } = runFile;
  if (!config) return { runFile };
  const network = withMoments(placeNetwork(config.network), stored ?? runFile.stored ?? {});
  if (storedLayers(network).some(({ layer }) => layer.init.kind === 'from' && layer.init.std === undefined))
    return { runFile };
  const propagation = predict(network);
  return {
    runFile,
    checked: {
      network,
      parameters: parameterCount(network),
      multiplyAdds: multiplyAdds(network),
      propagation,
      findings: checkStatically(
        { network, train: config.train, propagation, ...known(config, data) },
        config.diagnose.ignore,
      ).map((finding) => describeFinding(finding, positions)),
    },
  };
}

/** What rules get of the data. */
const known = (
  { data: settings }: RunConfig,
  facts: KnownFacts | undefined,
): Pick<StaticContext, 'classCounts' | 'input' | 'data'> =>
  facts
    ? {
        classCounts: facts.classCounts,
        ...(facts.input && { input: facts.input }),
        ...(facts.survey && settings && { data: surveyedData(facts.survey, settings) }),
      }
    : {};

/** The `layers` of `check --json`, in the contract's words. */
export function layersJson({ network, propagation }: CheckedNetwork, { positions }: RunFile) {
  return weightedLayers(network).map(({ layer, output }, i) => {
    const predicted = propagation.layers[i];
    return {
      name: layer.name,
      line: placeOf(layer.origin, positions).line,
      output,
      fan_in: predicted?.fanIn,
      fan_out: predicted?.fanOut,
      weight_std: predicted?.weightStd,
      forward_std: predicted?.forwardStd,
      backward_std: predicted?.backwardStd,
      forward_gain: predicted?.forwardGain,
      backward_gain: predicted?.backwardGain,
    };
  });
}
