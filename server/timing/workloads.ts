/** The two networks on which engines are timed, as run files write them. */
import { type Network, placeNetwork } from '../domain/network/network.ts';
import { readRunFile } from '../run-file/read.ts';

export interface Workload {
  readonly name: string;
  readonly network: Network;
  readonly batchSize: number;
}

const conv = (filters: number, repeat: number, kernel = 3, stride = 1) => ({
  conv: { filters, kernel, stride, repeat },
});

const NETWORKS = {
  /** 30 weighted layers on 28×28 grey images. */
  'plain-30': {
    batchSize: 64,
    network: {
      input: [28, 28, 1],
      layers: [
        conv(16, 10),
        conv(32, 1, 3, 2),
        conv(32, 9),
        conv(64, 1, 3, 2),
        conv(64, 8),
        'global_average_pool',
        { dense: { units: 10 } },
      ],
    },
  },
  /** The paper's small model (Table 1), on 224×224 colour images, without dropout. */
  'small-14': {
    batchSize: 8,
    network: {
      input: [224, 224, 3],
      layers: [
        conv(64, 1, 7, 2),
        { max_pool: { size: 3, stride: 3 } },
        conv(128, 4, 2),
        { max_pool: { size: 2, stride: 2 } },
        conv(256, 6, 2),
        { spp: [6, 3, 2, 1] },
        { dense: { units: 4096 } },
        { dense: { units: 4096 } },
        { dense: { units: 1000 } },
      ],
    },
  },
} as const;

export type WorkloadName = keyof typeof NETWORKS;
export const WORKLOAD_NAMES = Object.keys(NETWORKS) as WorkloadName[];

/** A workload by name. */
export function workload(name: WorkloadName): Workload {
  const { network, batchSize } = NETWORKS[name];
  const { config, mistakes } = readRunFile(JSON.stringify({ version: 1, network }), {
    fileName: name,
    folder: '/',
    forCheck: true,
  });
  if (!config) throw new Error(mistakes.map(({ message }) => message).join('\n'));
  return { name, network: placeNetwork(config.network), batchSize };
}
