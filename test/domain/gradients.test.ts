/** The explicit gradients of every kind of layer against central differences of the loss, in double precision. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Network } from '../../server/domain/network/network.ts';
import { gradientName, partProgram } from '../../server/domain/step/step.ts';
import { interpret } from '../support/interpreter.ts';
import {
  activationCases,
  convolutionCases,
  type Feed,
  feedFor,
  graphCases,
  type NetworkCase,
  orderCases,
  poolCases,
  pyramidCases,
} from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { fill, normals } from '../support/random.ts';
import { networkKeys } from '../support/random-network.ts';
import { count, got } from '../support/tensor.ts';

/**
 * Of a loss near 1, doubles keep 1e-16: divided by a step of 2e-5 that is 1e-11. The curvature that is left out grows with
 * the step's square: 1e-10 times a third derivative of up to a few hundred. 1e-6 leaves a margin; a wrong gradient is off by
 * a tenth or more.
 */
const STEP = 1e-5;
const TOLERANCE = 1e-6;
/** Directions to try until one crosses no kink. */
const TRIES = 20;

/** A part of 3 examples of a batch of 4: its loss and gradients are shares of the batch's. */
const EXAMPLES = 3;
const BATCH = 4;

/** Loss and choices at kinks, with one parameter moved; if none is, the gradients too. */
function lossOf(network: Network, feed: Feed, moved?: { name: string; by: Float64Array }) {
  const program = partProgram({ network, batch: BATCH, examples: EXAMPLES });
  const variables = new Map(feed.variables);
  const choices: number[] = [];
  if (moved) {
    const start = got(variables.get(moved.name), moved.name);
    variables.set(
      moved.name,
      start.map((value, i) => value + (moved.by[i] ?? 0)),
    );
  }
  const inputs = new Map<string, Float64Array>([
    ['images', feed.images],
    ['labels', feed.labels],
  ]);
  for (const [layer, mask] of feed.masks) inputs.set(`dropout/${layer}`, mask);
  const fetches = moved ? ['loss'] : ['loss', ...network.parameters.map(({ name }) => gradientName(name))];
  const fetched = interpret(program, { inputs, variables, fetches, onChoice: (choice) => choices.push(choice) });
  const gradientOf = (parameter: string) => got(fetched.get(gradientName(parameter)), parameter).data;
  return { loss: got(fetched.get('loss')?.data[0], 'loss'), gradientOf, choices };
}

const sameChoices = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((choice, i) => choice === b[i]);

/** Compares along random directions of each parameter; returns the greatest gradient that was seen. */
function checkGradients(network: Network, { seed, directions }: { seed: number; directions: number }): number {
  const feed = feedFor(network, { batch: EXAMPLES, seed });
  const normal = normals(seed + 7);
  const here = lossOf(network, feed);
  let greatest = 0;
  for (const { name, shape } of network.parameters) {
    const own = here.gradientOf(name);
    assert.equal(own.length, count(shape));
    greatest = Math.max(greatest, ...own.map(Math.abs));
    let checked = 0;
    for (let tries = 0; checked < directions && tries < TRIES; tries++) {
      const direction = fill(own.length, normal);
      const [up, down] = [STEP, -STEP].map((step) =>
        lossOf(network, feed, { name, by: direction.map((value) => value * step) }),
      );
      if (!up || !down || !sameChoices(up.choices, here.choices) || !sameChoices(down.choices, here.choices)) continue;
      const numeric = (up.loss - down.loss) / (2 * STEP);
      const explicit = own.reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0);
      const scale = Math.max(1, Math.hypot(...own) * Math.hypot(...direction));
      assert.ok(
        Math.abs(numeric - explicit) <= TOLERANCE * scale,
        `${name}: explicit ${explicit}, numeric ${numeric} (seed ${seed})`,
      );
      checked++;
    }
    assert.equal(checked, directions, `${name}: every direction crosses a kink (seed ${seed})`);
  }
  return greatest;
}

const groups: Readonly<Record<string, readonly NetworkCase[]>> = {
  convolutions: convolutionCases,
  pools: poolCases,
  pyramids: pyramidCases,
  rectifiers: activationCases,
  'orders of layers': orderCases,
  graphs: graphCases,
};

describe('explicit gradients are the loss’s derivatives', () => {
  for (const [group, cases] of Object.entries(groups))
    describe(group, () => {
      for (const [i, { name, network }] of cases.entries())
        it(name, () => {
          const greatest = checkGradients(network, { seed: 100 + i, directions: 2 });
          assert.ok(greatest > 1e-3, 'nothing was compared: all gradients are zero');
        });
    });

  it('of 60 random networks', () => {
    fc.assert(
      fc.property(networkKeys, fc.integer({ min: 1, max: 1e6 }), (keys, seed) => {
        checkGradients(networkOf(keys), { seed, directions: 1 });
      }),
      { seed: 20261125, numRuns: 60 },
    );
  });
});
