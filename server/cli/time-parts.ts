/** Times a network on one backend, its batch in several numbers of parts, by turns. */
import { availableParallelism } from 'node:os';
import { median } from '../domain/numbers/statistics.ts';
import { partCandidates, partsFor } from '../engines/engine.ts';
import type { Backend, Device } from '../protocol/events.ts';
import type { TimedEngine } from '../timing/step-timer.ts';
import type { Workload } from '../timing/workloads.ts';
import { EngineTimer } from './timed-engine.ts';

/** One number of parts. */
export interface PartsTiming {
  readonly engine: TimedEngine;
  /** Milliseconds of each training step. */
  readonly steps: readonly number[];
  /** Milliseconds of each forward pass of a batch in test mode. */
  readonly evaluations: readonly number[];
}

/** Turns: slow phases of a machine fall on all candidates alike. */
const TURNS = 3;
/** A number of parts other than the usual one must be faster by this to be worth it: less is noise. */
const GAIN = 0.03;

/**
 * Time `count` steps, and half as many evaluations, with each number of parts. The best comes first; the usual number is the
 * best unless another one is clearly faster. Throws a RunFailure where this machine has no such engine.
 */
export async function timeParts(
  { network, batchSize }: Workload,
  { backend, device, count, parts }: { backend: Backend; device: Device | 'auto'; count: number; parts?: number },
): Promise<PartsTiming[]> {
  const cores = availableParallelism();
  const candidates = parts === undefined ? partCandidates(batchSize, cores) : [parts];
  const timers: { timer: EngineTimer; engine: TimedEngine; steps: number[]; evaluations: number[] }[] = [];
  try {
    for (const candidate of candidates) {
      const opened = await EngineTimer.open({ network, batchSize, backend, device, parts: candidate });
      timers.push({ ...opened, steps: [], evaluations: [] });
      await opened.timer.time('step', Math.max(2, Math.ceil(count / 6)));
      await opened.timer.time('evaluate', 2);
    }
    for (let turn = 0; turn < TURNS; turn++)
      for (const { timer, steps, evaluations } of timers) {
        const share = Math.floor(count / TURNS) + (turn < count % TURNS ? 1 : 0);
        steps.push(...(await timer.time('step', share)));
        evaluations.push(...(await timer.time('evaluate', Math.ceil(share / 2))));
      }
  } finally {
    for (const { timer } of timers) timer.close();
  }
  const usual = partsFor(batchSize, cores);
  const handicap = ({ engine, steps }: PartsTiming) => median(steps) * (engine.parts === usual ? 1 - GAIN : 1);
  return timers.toSorted((a, b) => handicap(a) - handicap(b));
}
