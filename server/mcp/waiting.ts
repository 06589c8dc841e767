/** Waits for a run for a limited time: the training server continues it regardless. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLost } from '../client/connect.ts';
import type { LastingClient } from '../client/lasting-client.ts';
import { type RunSnapshot, Runs, Show } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';
import { systemClock } from '../system/clock.ts';
import type { Call } from './tool.ts';

/** Interval of the polls, ms. */
const PAUSE_MS = 500;

/**
 * The run once it and the proofs of its fixes have ended, or its state after `seconds`. A server that dies meanwhile is restarted by
 * the next poll.
 */
export async function waitFor(
  client: LastingClient,
  run: string,
  { seconds, signal, progress }: Call & { seconds: number },
): Promise<RunSnapshot> {
  const until = systemClock.monotonic() + 1000 * seconds;
  const { summary } = await client.request(Show, { run });
  const hasTime = () => systemClock.monotonic() < until && !signal.aborted;
  while (hasTime() && !(await hasEnded(client, summary.run, progress))) await sleep(PAUSE_MS);
  return await client.request(Show, { run: summary.run });
}

async function hasEnded(client: LastingClient, run: string, progress: Call['progress']): Promise<boolean> {
  try {
    const summary = (await client.request(Runs)).find((one) => one.run === run);
    if (summary && !isOver(summary.state)) {
      progress(summary.step, summary.steps, `${summary.name}: ${summary.state}, step ${summary.step}`);
      return false;
    }
    // A removed run is over: showing it then reports that.
    const { proofs } = await client.request(Show, { run });
    return proofs.every(({ state }) => state !== 'running');
  } catch (error) {
    if (error instanceof ConnectionLost) return false;
    throw error;
  }
}
