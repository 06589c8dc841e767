/** The remaining time of runs, from their summaries during the last minute: one estimate for every view. Pure. */
import type { RunSummary } from '../protocol/requests.ts';

/** Seconds of training from which the speed is computed: it follows a machine that gets busy, and forgets a restart. */
const WINDOW_SECONDS = 60;
/** The first steps load, plan and warm up: their time does not predict that of the rest. */
const STEADY_STEPS = 5;
/** Less training than this gives no reliable speed yet. */
const LEAST_SECONDS = 1;

/** The fields of a run that are used. */
export type Paced = Pick<RunSummary, 'run' | 'state' | 'step' | 'steps' | 'seconds'>;

interface Mark {
  readonly step: number;
  /** Seconds spent training when the step was done. */
  readonly seconds: number;
}

/** Remembers the recent progress of each run. */
export class TimeLeft {
  readonly #marks = new Map<string, Mark[]>();

  /** Takes a list of runs; runs that are not in it are forgotten. */
  take(runs: readonly Paced[]): void {
    const there = new Set(runs.map(({ run }) => run));
    for (const run of this.#marks.keys()) if (!there.has(run)) this.#marks.delete(run);
    for (const { run, state, step, seconds } of runs) {
      if (state !== 'running') {
        this.#marks.delete(run);
        continue;
      }
      const known = this.#marks.get(run) ?? [];
      const newest = known.at(-1);
      // A restart goes back to a checkpoint: earlier speeds do not predict later ones.
      const marks = newest && step < newest.step ? [] : known;
      if (newest?.step !== step && step >= STEADY_STEPS) marks.push({ step, seconds });
      const first = marks.findIndex((mark) => mark.seconds >= seconds - WINDOW_SECONDS);
      this.#marks.set(run, marks.slice(Math.max(first, 0)));
    }
  }

  /** Seconds until a run ends; undefined if not known (yet). */
  of({ run, steps, step }: Pick<Paced, 'run' | 'steps' | 'step'>): number | undefined {
    const marks = this.#marks.get(run) ?? [];
    const [oldest, newest] = [marks[0], marks.at(-1)];
    if (!oldest || !newest || steps === 0) return undefined;
    const [took, did] = [newest.seconds - oldest.seconds, newest.step - oldest.step];
    if (took < LEAST_SECONDS || did <= 0) return undefined;
    return ((steps - step) * took) / did;
  }
}
