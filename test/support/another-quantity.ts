/**
 * A program of another version: its table of probe quantities has one more entry, put in at the top as CONTRIBUTING's recipe says,
 * while the table is loaded. Opens a store, reads every run, continues with the first by a probe that it measures itself, reads that,
 * and prints all of it as JSON (`AnotherVersion`).
 *
 * usage: node test/support/another-quantity.ts FOLDER [ENTRY]
 */
import { registerHooks } from 'node:module';
import type { LayerProbe } from '../../server/protocol/events.ts';

type Probes = { step: number; layers: LayerProbe[] }[];

export interface AnotherVersion {
  readonly quantities: readonly string[];
  /** The probes of the first run as it was found. */
  readonly found: Probes;
  /** What was measured, and how the store gives it back. */
  readonly measured: readonly LayerProbe[];
  readonly after: Probes;
}

const [folder = '', entry] = process.argv.slice(2);

const TABLE = '/server/domain/probe/quantities.ts';
const HEAD = 'export const QUANTITIES = {\n';

if (entry !== undefined)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(TABLE)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(HEAD)) throw new Error(`${TABLE} has no line ${HEAD}`);
      return { ...loaded, source: source.replace(HEAD, `${HEAD}${entry}\n`) };
    },
  });

const { PROBE_QUANTITIES } = await import('../../server/domain/probe/quantities.ts');
const { probesOf } = await import('../../server/protocol/probe-table.ts');
const { RunStore } = await import('../../server/supervisor/store/store.ts');
const { systemClock } = await import('../../server/system/clock.ts');
const { layerProbes } = await import('../../server/trainer/probe.ts');
const { createOnnxEngine } = await import('../../server/engines/onnx/engine.ts');
const { conv, dense, feedFor } = await import('./network-cases.ts');
const { networkOf } = await import('./networks.ts');
const { sgdOf } = await import('./sgd.ts');

const BATCH = 7;
const train = sgdOf(0.9, 0.02);
const network = networkOf({
  input: [4, 4, 2],
  layers: [conv(6, 3, { activation: 'prelu' }), conv(3, 3), dense(3, { activation: 'none' })],
});

/** One probed step on onnxruntime. */
async function measure(): Promise<LayerProbe[]> {
  const { variables, ...feed } = feedFor(network, { batch: BATCH, seed: 8 });
  const engine = await createOnnxEngine({ network, batchSize: BATCH, train, parts: 2 });
  await engine.assign(new Map([...variables].map(([name, values]) => [name, Float32Array.from(values)])));
  const [images, labels] = [Float32Array.from(feed.images), Int32Array.from(feed.labels)];
  const batch = { images, labels, dropoutMasks: new Map<string, Float32Array>(), learningRate: 0.05, step: 1 };
  const { probe = new Float32Array() } = await engine.step(batch, { probe: true });
  await engine.close();
  return layerProbes(probe, { network, batchSize: BATCH, weightDecay: train.weightDecay });
}

const measured = await measure();
const store = await RunStore.open(folder, systemClock);
const run = store.list()[0]?.run ?? '';
const found = probesOf(store.snapshot(run).probes);
store.apply([{ kind: 'event', run, event: { event: 'probe', run, step: 100, layers: measured }, origin: 'trainer' }]);
const after = probesOf(store.snapshot(run).probes);
store.close();
const version: AnotherVersion = { quantities: PROBE_QUANTITIES, found, measured, after };
console.log(JSON.stringify(version));
