/** What hints say of the layers of a run file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryGradients, notableLayers } from '../../extension/hints/layer-gradients.ts';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import type { ProbeEnds } from '../../server/protocol/requests.ts';
import { pack } from '../../server/protocol/scalar.ts';

const text = `# a comment
network:
  input: [8, 8, 1]
  layers:
    - conv: {filters: 2, kernel: 3, repeat: 3} # three
    - max_pool: {size: 2}
    - conv:
        filters: 2
        kernel: 3
    - dense: {units: 3}
train: {learning_rate: 0.1}
`;
const layers = ['conv1', 'conv2', 'conv3', 'conv4', 'dense1'];

/** Weight norms are 2, 4, 6 …; what the other quantities are must not count. */
const row = (step: number, gradients: readonly number[]) => ({
  step,
  values: pack(
    gradients.flatMap((gradient, i) =>
      PROBE_QUANTITIES.map((quantity) =>
        quantity === 'gradient_norm' ? gradient * 2 * (i + 1) : quantity === 'weight_norm' ? 2 * (i + 1) : 1e9,
      ),
    ),
  ),
});
const probes: ProbeEnds = {
  text,
  layers,
  quantities: PROBE_QUANTITIES,
  first: row(1, [1, 2, 3, 4, 5]),
  last: row(20, [0.5, 0.125, 0.25, Number.NaN, 0.75]),
};

describe('gradients behind the layers', () => {
  it('are at the end of the line on which an entry starts, with first and last of each of its weighted layers', () => {
    assert.deepEqual(entryGradients(text, { probes, fileName: 'a' }), [
      {
        line: 4,
        character: '    - conv: {filters: 2, kernel: 3, repeat: 3} # three'.length,
        layers: [
          { name: 'conv1', first: 1, last: 0.5 },
          { name: 'conv2', first: 2, last: 0.125 },
          { name: 'conv3', first: 3, last: 0.25 },
        ],
      },
      { line: 6, character: 11, layers: [{ name: 'conv4', first: 4, last: Number.NaN }] },
      { line: 9, character: 23, layers: [{ name: 'dense1', first: 5, last: 0.75 }] },
    ]);
  });

  it('stay with their lines while something else than the network is written, and go when the network is another', () => {
    const moved = entryGradients(text.replace('# a comment\n', '\n\n\n').replace('0.1', '0.2'), {
      probes,
      fileName: 'a',
    });
    assert.deepEqual(
      moved?.map(({ line }) => line),
      [6, 8, 11],
    );
    assert.equal(entryGradients(text.replace('repeat: 3', 'repeat: 4'), { probes, fileName: 'a' }), undefined);
    assert.equal(
      entryGradients(text.replace('  input', '  init: xavier\n  input'), { probes, fileName: 'a' }),
      undefined,
    );
    assert.equal(entryGradients(text.replace('network:', 'network: ['), { probes, fileName: 'a' }), undefined);
  });

  it('are none before the first probe', () => {
    assert.deepEqual(
      entryGradients(text, { probes: { text, layers: [], quantities: PROBE_QUANTITIES }, fileName: 'a' }),
      [],
    );
  });

  it('of a preset are shown after it', () => {
    const preset = 'network:\n  preset: small_14\n';
    const found = entryGradients(preset, {
      probes: { text: preset, layers: ['conv1'], quantities: PROBE_QUANTITIES, first: row(1, [1]), last: row(1, [1]) },
      fileName: 'a',
    });
    assert.deepEqual(
      found?.map(({ line, character }) => [line, character]),
      [[1, 18]],
    );
  });

  it('name the ends, the least and the greatest', () => {
    const names = (head: number, ...more: number[]): string[] => {
      const gradient = (last: number, i: number) => ({ name: String(i), first: 1, last });
      const rest = more.map((value, i) => gradient(value, i + 1));
      return notableLayers([gradient(head, 0), ...rest]).map(({ name }) => name);
    };
    assert.deepEqual(names(3), ['0']);
    assert.deepEqual(names(3, 1, 2, 9, 5), ['0', '1', '3', '4']);
    assert.deepEqual(names(1, 2, 3), ['0', '2']);
  });
});
