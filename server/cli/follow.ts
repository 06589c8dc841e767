/** Runs that are followed, as JSON lines or for a person. */
import type { LastingClient } from '../client/lasting-client.ts';
import type { EndEvent, RunState } from '../protocol/events.ts';
import type { RunSummary } from '../protocol/requests.ts';
import { followRuns } from '../tasks/follow.ts';
import { onInterrupt } from './interrupt.ts';
import { Exit, print, printJson, say } from './output.ts';
import { Progress } from './progress.ts';

interface FollowOptions {
  readonly json: boolean;
  /** Print what happened before, too. */
  readonly fromStart: boolean;
  /** Print nothing. */
  readonly quiet?: boolean;
  /** Runs that Ctrl-C stops, by id; all where it is left out. */
  readonly stops?: readonly string[];
}

/** Exit code of the ways in which runs ended: the worst counts. */
function exitOf(ends: readonly EndEvent[]): Exit {
  const states = ends.map(({ state, refused = false }): RunState => (refused ? 'failed' : state));
  if (states.includes('interrupted')) return Exit.unexpected;
  // Its data, its device: what the run file or the command asks for can't be had.
  if (states.includes('failed')) return Exit.badInput;
  if (states.some((state) => state === 'stalled' || state === 'diverged')) return Exit.badEnd;
  return Exit.done;
}

/** Follow runs; on Ctrl-C they are asked to stop after a checkpoint, a second one leaves them alone. */
export async function follow(
  client: LastingClient,
  runs: readonly RunSummary[],
  { json, fromStart, quiet = false, stops }: FollowOptions,
): Promise<Exit> {
  const progress = new Map(runs.map(({ run, name }) => [run, new Progress(name)]));
  const { ended, stop } = followRuns(client, runs, {
    fromStart,
    stops,
    show: ({ run }, event, summary) => {
      // Where nothing is printed the caller says what came of it.
      if (!quiet && json) printJson(event);
      else if (!quiet) progress.get(run)?.take(event, summary);
    },
    notice: say,
  });
  let interrupted = false;
  const calm = onInterrupt(() => {
    if (interrupted) process.exit(Exit.interrupted);
    interrupted = true;
    say('Stopping after a checkpoint; press Ctrl-C again to let the server finish that.');
    stop();
  });
  try {
    const ends = await ended;
    return interrupted ? Exit.interrupted : exitOf(ends);
  } finally {
    calm();
  }
}

/** What `--detach` says. */
export const sayDetached = (runs: readonly RunSummary[]): void => {
  for (const { run, name } of runs) print(`${name}: queued as ${run}`);
};
