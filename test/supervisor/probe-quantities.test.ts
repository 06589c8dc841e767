/** Probes of stores of other versions, whose lists of quantities are not ours. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { PROBE_QUANTITIES, QUANTITIES } from '../../server/domain/probe/quantities.ts';
import type { LayerProbe } from '../../server/protocol/events.ts';
import { layOut, probesOf } from '../../server/protocol/probe-table.ts';
import type { ProbeEnds, RunSnapshot } from '../../server/protocol/requests.ts';
import { pack, unpack } from '../../server/protocol/scalar.ts';
import { RunStore } from '../../server/supervisor/store/store.ts';
import { systemClock } from '../../server/system/clock.ts';
import type { AnotherVersion } from '../support/another-quantity.ts';
import { later, temporaryFolder } from '../support/training-server.ts';

/** The quantities of stores up to version 3, which name none. */
const FIRST = [
  ...['gradient_norm', 'weight_norm', 'decay_norm', 'update_ratio'],
  ...['activation_std', 'activation_rms', 'dead_fraction', 'slope_mean'],
];

/**
 * A store that Rectiscope 0.1.0 made (commit b723af0): a run of 4 steps with a PReLU that diverges, probed at each; and how the same
 * version read it.
 */
const fixture = (name: string) => readFileSync(new URL(`../fixtures/stores/${name}`, import.meta.url));
interface AsRead {
  readonly snapshot: Omit<RunSnapshot, 'checkpoint' | 'probes'> & { probes: Omit<RunSnapshot['probes'], 'quantities'> };
  readonly ends: Omit<ProbeEnds, 'quantities'>;
  readonly probes: readonly { step: number; layers: LayerProbe[] }[];
}
const asRead = JSON.parse(fixture('version-3.json').toString()) as AsRead;

/** A folder with that store. */
function oldStore(t: TestContext): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'rectiscope.db'), gunzipSync(fixture('version-3.db.gz')));
  return folder;
}

async function opened(t: TestContext, folder: string): Promise<{ store: RunStore; run: string }> {
  const store = await RunStore.open(folder, systemClock);
  later(t, () => store.close());
  return { store, run: store.list()[0]?.run ?? '' };
}

/** The recipe of CONTRIBUTING, "A quantity of a probe". */
const ENTRY = `
  /** ‖g‖ / ‖w‖. */
  gradient_per_weight: quantity({
    key: 'gradientPerWeight',
    from: ['weightNorm', 'gradientNorm'],
    value: ({ weightNorm, gradientNorm }) => gradientNorm / weightNorm,
    mayBeAbsent: true,
  }),`;

/** What a program that has this entry besides, or none, does with a store. */
const anotherVersion = (folder: string, ...entry: string[]): AnotherVersion =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [fileURLToPath(new URL('../support/another-quantity.ts', import.meta.url)), folder, ...entry],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    ),
  );

const withoutTheirs = (layers: readonly LayerProbe[]) =>
  layers.map((layer) => Object.fromEntries(Object.entries(layer).filter(([name]) => name !== 'gradient_per_weight')));

describe('a store of version 3, whose probes name no quantities', () => {
  it('is migrated after a copy, and every number is read as before', async (t) => {
    const folder = oldStore(t);
    const { store, run } = await opened(t, folder);
    assert.ok(existsSync(join(folder, 'rectiscope.db.v3-backup')));
    const { checkpoint, ...snapshot } = store.snapshot(run);
    const quantities = PROBE_QUANTITIES;
    assert.deepEqual(snapshot, { ...asRead.snapshot, probes: { ...asRead.snapshot.probes, quantities } });
    assert.deepEqual(store.firstAndLastProbe(run), { ...asRead.ends, quantities });
    assert.deepEqual(probesOf(snapshot.probes), asRead.probes);
    // It holds what a mistake would show in: numbers of every quantity, slopes of one layer alone, and numbers that are none.
    const layers = asRead.probes.flatMap((probe) => probe.layers);
    assert.ok(layers.some((layer) => 'slope_mean' in layer) && layers.some((layer) => !('slope_mean' in layer)));
    assert.ok(layers.some(({ gradient_norm }) => gradient_norm === 'NaN'));
  });

  it('is read correctly by a version with one more quantity, which continues its run, and then by ours', async (t) => {
    const folder = oldStore(t);
    const [newer, ours] = [anotherVersion(folder, ENTRY), anotherVersion(oldStore(t))];
    assert.deepEqual(newer.quantities, ['gradient_per_weight', ...PROBE_QUANTITIES]);
    assert.deepEqual(newer.found, asRead.probes);
    // Of a step both get the same, whatever else is measured.
    assert.deepEqual([ours.quantities, ours.measured], [PROBE_QUANTITIES, withoutTheirs(newer.measured)]);
    assert.deepEqual(newer.after, [...asRead.probes, { step: 100, layers: newer.measured }]);
    for (const { gradient_norm, weight_norm, ...layer } of newer.measured)
      assert.equal(
        (layer as Record<string, unknown>)['gradient_per_weight'],
        Number(gradient_norm) / Number(weight_norm),
      );

    const { store, run } = await opened(t, folder);
    assert.deepEqual(probesOf(store.snapshot(run).probes), [
      ...asRead.probes,
      { step: 100, layers: withoutTheirs(newer.measured) },
    ]);
    const { layers, last } = store.firstAndLastProbe(run);
    const end = { layers, quantities: PROBE_QUANTITIES, step: pack([100]), values: last?.values ?? '' };
    assert.deepEqual(probesOf(end)[0]?.layers, withoutTheirs(newer.measured));
  });
});

it('quantities that came after the first eight may be absent: older runs lack them', () => {
  for (const name of PROBE_QUANTITIES)
    assert.ok(FIRST.includes(name) || QUANTITIES[name].mayBeAbsent, `${name} needs mayBeAbsent: true`);
  for (const name of FIRST) assert.ok(PROBE_QUANTITIES.some((known) => known === name));
});

it('numbers are laid out by their names', () => {
  const values = Float64Array.of(1, 2, 3, 4);
  const laid = layOut(values, { from: ['a', 'b'], to: ['b', 'c', 'a'] });
  assert.deepEqual([...laid], [2, Number.NaN, 1, 4, Number.NaN, 3]);
  assert.deepEqual([...unpack(pack(layOut(values, { from: ['a', 'b'], to: ['a', 'b'] })))], [1, 2, 3, 4]);
});
