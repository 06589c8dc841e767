/** A run in short: what its series say in a few numbers, its findings with their evidence, no series itself. */

import { z } from 'zod';
import { mean } from '../domain/numbers/statistics.ts';
import { classRows, ends, lastByClass } from '../figures/class-errors.ts';
import type { FindingEvent } from '../protocol/events.ts';
import { probedGradientPerWeight, probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { unpack } from '../protocol/scalar.ts';
import { finding, percent, proof, run, scalar } from './shapes.ts';

/** Limits of the points of the curve, evaluations, layers and classes. */
const POINTS = 12;
const EVALUATIONS = 6;
const LAYERS = 40;
const CLASSES = 5;

const evaluation = z.object({
  step: z.int(),
  epoch: z.number(),
  loss: scalar,
  train_loss: scalar,
  top1: percent('top-1 error'),
  top5: percent('top-5 error'),
});

const layer = z.object({
  name: z.string(),
  gradient_per_weight: scalar.describe(
    'norm of the gradient divided by that of the weights; a layer that learns has 0.003 or more',
  ),
  update_ratio: scalar.describe('of one step'),
  activation_std: scalar,
  dead_fraction: scalar,
});

/** The output of `show`. */
export const described = run.extend({
  findings: z.array(finding),
  curve: z
    .array(z.object({ step: z.int(), loss: scalar }))
    .describe('the loss of the batches, averaged over a twelfth of the steps up to `step`'),
  evaluations: z.array(evaluation).describe('the first and the last ones'),
  layers: z
    .object({ step: z.int(), left_out: z.int().describe('layers in the middle'), layers: z.array(layer) })
    .optional()
    .describe('as last measured'),
  worst_classes: z
    .array(z.object({ class: z.string(), images: z.int(), top1: z.number(), taken_for: z.string().optional() }))
    .optional(),
  proofs: z.array(proof),
  notices: z.array(z.string()),
  checkpoint: z.object({ step: z.int(), file: z.string() }).optional(),
});

/** A consequence has only its message: its cause has the fix. */
export const inShort = (findings: readonly FindingEvent[]): FindingEvent[] =>
  findings.map(({ fix, detail, ...rest }) => {
    if (rest.cause !== undefined) return rest;
    return { ...rest, ...(detail !== undefined && { detail }), ...(fix && { fix }) };
  });

/** Means of the loss over equal intervals, each at its last step. */
function curveOf({ steps }: RunSnapshot): { step: number; loss: number }[] {
  const [at, loss] = [unpack(steps.step), unpack(steps.loss)];
  const stretch = Math.max(1, Math.ceil(at.length / POINTS));
  return Array.from({ length: Math.ceil(at.length / stretch) }, (_, i) => {
    const part = loss.subarray(i * stretch, (i + 1) * stretch);
    const step = at[i * stretch + part.length - 1] ?? 0;
    return { step, loss: mean([...part]) };
  });
}

function layersOf(snapshot: RunSnapshot) {
  const last = probesOf(snapshot.probes).at(-1);
  if (!last) return undefined;
  const rows = last.layers.map(({ name, gradient_norm, weight_norm, ...rest }) => ({
    ...rest,
    name,
    gradient_per_weight: probedGradientPerWeight({ gradient_norm, weight_norm }),
  }));
  const { first, left, last: deepest } = ends(rows, LAYERS);
  return { step: last.step, left_out: left, layers: [...first, ...deepest] };
}

/** The run of a snapshot, for `described`. */
export function describeSnapshot(snapshot: RunSnapshot) {
  const { summary, evaluations, findings, notices, proofs, checkpoint, started } = snapshot;
  const shown = ends(evaluations, EVALUATIONS);
  const byClass = lastByClass(evaluations);
  const classes =
    byClass &&
    classRows(byClass, started?.classes ?? [])
      .slice(-CLASSES)
      .reverse();
  return {
    ...summary,
    findings: inShort(findings),
    curve: curveOf(snapshot),
    evaluations: [...shown.first, ...shown.last],
    layers: layersOf(snapshot),
    worst_classes: classes,
    proofs,
    notices: notices.map(({ message }) => message),
    checkpoint,
  };
}
