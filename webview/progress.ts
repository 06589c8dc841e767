/** Progress and speed of a run. */

import type { RunData } from '../server/figures/run-data.ts';
import type { RunSummary } from '../server/protocol/requests.ts';

export interface Progress {
  /** 0 to 1; undefined until the number of steps is known. */
  share: number | undefined;
  /** Steps a second; undefined before the first. */
  rate: number | undefined;
}

/** Steps over which the current speed is measured. */
const RECENT = 50;

/** Rate from the last 50 steps; without them from the run's whole time. */
export function progressOf(summary: RunSummary, data?: RunData): Progress {
  const share = summary.steps > 0 ? Math.min(1, summary.step / summary.steps) : undefined;
  const perStep = recentSecondsPerStep(data) ?? (summary.step > 0 ? summary.seconds / summary.step : undefined);
  return { share, rate: perStep !== undefined && perStep > 0 ? 1 / perStep : undefined };
}

function recentSecondsPerStep(data: RunData | undefined): number | undefined {
  if (data === undefined || data.steps.step.length < 2) return undefined;
  const step = data.steps.step.view().slice(-RECENT - 1);
  const seconds = data.steps.seconds.view().slice(-RECENT - 1);
  const each = Array.from({ length: step.length - 1 }, (_, i) => {
    return ((seconds[i + 1] as number) - (seconds[i] as number)) / ((step[i + 1] as number) - (step[i] as number));
  }).sort();
  // The median: a single step that waited for a checkpoint does not affect it.
  return each[Math.floor(each.length / 2)];
}
