/** Runs the steps of a reference on an engine and compares: losses to 1e-4, norms and final weights to 1e-3, relative. */
import assert from 'node:assert/strict';
import { weightedLayers } from '../../server/domain/network/network.ts';
import { numbersOf } from '../../server/domain/probe/quantities.ts';
import type { Engine } from '../../server/engines/engine.ts';
import { networkOf, type TrainingReference } from './networks.ts';

const near = (actual: number, expected: number, { tolerance, what }: { tolerance: number; what: string }) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-6),
    `${what}: ${actual}, expected ${expected} to ${tolerance} relative`,
  );

const distance = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.hypot(...b.map((value, i) => (a[i] ?? 0) - value));

/**
 * The tolerances are the issue's. Single precision keeps 24 bits (6e-8) of each product; six steps of nets as small as
 * these lose two to three decimal digits of it, which leaves a margin of ten.
 */
export async function followTrace(reference: TrainingReference, engine: Engine): Promise<void> {
  const network = networkOf(reference.network);
  const variables = new Map<string, Float32Array>();
  for (const [name, { values }] of Object.entries(reference.start)) {
    variables.set(name, Float32Array.from(values));
    variables.set(`velocity/${name}`, new Float32Array(values.length));
  }
  await engine.assign(variables);
  const images = Float32Array.from(reference.images.values);
  const labels = Int32Array.from(reference.labels);
  for (const [i, step] of reference.steps.entries()) {
    const learningRate = reference.train.learning_rate[i] ?? Number.NaN;
    if (step.logits) {
      const logits = await engine.evaluate(images);
      assert.ok(distance(logits, step.logits) < 1e-4 * Math.hypot(...step.logits), 'logits in test mode');
    }
    const dropoutMasks = new Map(
      Object.entries(step.dropout ?? {}).map(([layer, mask]) => [layer, Float32Array.from(mask)]),
    );
    const output = await engine.step({ images, labels, dropoutMasks, learningRate, step: i + 1 }, { probe: true });
    near(output.loss, step.loss, { tolerance: 1e-4, what: `loss of step ${i + 1}` });
    for (const [j, { layer, output: map }] of weightedLayers(network).entries()) {
      const probe = numbersOf(output.probe ?? [], j);
      const expected = step.gradient_norm[`${layer.name}.weight`] ?? Number.NaN;
      near(probe.gradientNorm, expected, { tolerance: 1e-3, what: `gradient norm of ${layer.name}, step ${i + 1}` });
      const std = step.preactivation_std?.[layer.name];
      if (std !== undefined) {
        const count = reference.batch_size * map[0] * map[1] * map[2];
        const mean = probe.sum / count;
        near(Math.sqrt((2 * probe.l2) / count - mean ** 2), std, {
          tolerance: 1e-3,
          what: `pre-activations of ${layer.name}`,
        });
      }
    }
  }
  const end = await engine.read();
  for (const [name, expected] of Object.entries(reference.end)) {
    const actual = end.get(name) ?? [];
    const error = distance(actual, expected) / Math.hypot(...expected);
    assert.ok(error < 1e-3, `${name} at the end: ${error} away`);
  }
}
