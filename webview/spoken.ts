/** What a screen reader reads from time to time: one sentence on the progress of each chosen run. */

import { formatEpoch, formatLoss, formatPercent } from '../server/domain/numbers/format.ts';
import { speakDuration } from '../server/domain/numbers/units.ts';
import type { RunData } from '../server/figures/run-data.ts';
import type { RunSummary } from '../server/protocol/requests.ts';

/** Steps over which the trend of the loss is computed. */
const TREND_STEPS = 100;

/** `he-30: running, epoch 2.1, loss 0.93, falling, top-1 error 33.1 %, 4 minutes left.` */
export function speakRun(
  summary: RunSummary,
  { data, left }: { data?: RunData | undefined; left?: number | undefined },
): string {
  const parts: string[] = [summary.state];
  if (summary.step > 0) parts.push(`epoch ${formatEpoch(summary.epoch)}`);
  if (summary.loss !== undefined) parts.push(`loss ${formatLoss(Number(summary.loss))}`);
  const trend = data === undefined ? undefined : lossTrend(data);
  if (trend !== undefined && summary.state === 'running') parts.push(trend);
  if (summary.top1 !== undefined) parts.push(`top-1 error ${formatPercent(summary.top1)}`);
  if (summary.findings > 0) parts.push(`${summary.findings} ${summary.findings === 1 ? 'finding' : 'findings'}`);
  if (left !== undefined) parts.push(`${speakDuration(left)} left`);
  return `${summary.name}: ${parts.join(', ')}.`;
}

/** Whether the loss fell over the last steps, by more than two standard errors of its noise; undefined with too few. */
export function lossTrend(data: RunData): 'falling' | 'rising' | 'level' | undefined {
  const recent = data.steps.loss.view().slice(-2 * TREND_STEPS);
  if (recent.length < TREND_STEPS / 2) return undefined;
  const half = Math.floor(recent.length / 2);
  const moments = (values: Float64Array): { mean: number; error: number } => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return { mean, error: Math.sqrt(variance / values.length) };
  };
  const before = moments(recent.subarray(0, half));
  const after = moments(recent.subarray(half));
  const change = after.mean - before.mean;
  if (!Number.isFinite(change)) return undefined;
  if (Math.abs(change) < 2 * Math.hypot(before.error, after.error)) return 'level';
  return change < 0 ? 'falling' : 'rising';
}
