/** Follow runs until each has ended, as JSON lines or for a person. */
import type { Client } from '../client/connect.ts';
import type { EndEvent, RunEvent, RunState } from '../protocol/events.ts';
import { type RunSummary, Stop, Subscribe } from '../protocol/requests.ts';
import { CommandError, Exit, print, printJson, say } from './output.ts';
import { Progress } from './progress.ts';
import { replay } from './replay.ts';

interface FollowOptions {
  readonly json: boolean;
  /** Print what happened before, too. */
  readonly fromStart: boolean;
  /** Print nothing. */
  readonly quiet?: boolean;
}

const ENDED: readonly RunState[] = ['finished', 'stopped', 'stalled', 'diverged', 'failed', 'interrupted'];

/** Exit code of the ways in which runs ended: the worst counts. */
function exitOf(states: readonly RunState[]): Exit {
  if (states.some((state) => state === 'failed' || state === 'interrupted')) return Exit.unexpected;
  if (states.some((state) => state === 'stalled' || state === 'diverged')) return Exit.badEnd;
  return Exit.done;
}

/** The end of a run as an event, for a run that had ended before anybody looked. */
const endOf = ({ run, state, step, epoch, top1, top5, seconds, message }: RunSummary): EndEvent => ({
  event: 'end',
  run,
  state,
  step,
  epoch,
  ...(top1 !== undefined && { top1 }),
  ...(top5 !== undefined && { top5 }),
  seconds,
  ...(message !== undefined && { message }),
});

/** Follow runs; on Ctrl-C they are asked to stop after a checkpoint, a second one leaves them alone. */
export async function follow(client: Client, runs: readonly RunSummary[], options: FollowOptions): Promise<Exit> {
  const { json, fromStart, quiet = false } = options;
  const shown = new Map(runs.map(({ run, name }) => [run, new Progress(name)]));
  const ends = new Map<string, EndEvent>();
  // A run's deltas wait until its snapshot has been shown.
  const early = new Map<string, RunEvent[]>(runs.map(({ run }) => [run, []]));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const seen = new Map<string, number>();
  const take = (event: RunEvent) => {
    if (ends.has(event.run)) return;
    if (event.event === 'step' || event.event === 'probe' || event.event === 'evaluation') {
      // A trainer that was started again repeats the steps after its checkpoint, bit for bit: they were shown.
      const series = `${event.run} ${event.event}`;
      if (event.step <= (seen.get(series) ?? 0)) return;
      seen.set(series, event.step);
    }
    if (quiet) {
      // The caller says what came of it.
    } else if (json) printJson(event);
    else shown.get(event.run)?.take(event);
    if (event.event !== 'end') return;
    ends.set(event.run, event);
    if (ends.size === runs.length) resolve();
  };
  client.onDelta(({ run, event }) => {
    const waiting = early.get(run);
    if (waiting) waiting.push(event);
    else if (shown.has(run)) take(event);
  });
  client.onClose(() =>
    reject(
      new CommandError(
        Exit.unexpected,
        'The training server has ended. Runs go on when it starts again: `rectiscope server start`.',
      ),
    ),
  );

  let interrupted = false;
  const interrupt = () => {
    if (interrupted) process.exit(Exit.interrupted);
    interrupted = true;
    say('Stopping after a checkpoint; press Ctrl-C again to leave the run to the server.');
    for (const { run } of runs) if (!ends.has(run)) client.request(Stop, { run }).catch(reject);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    for (const { run } of runs) {
      const snapshot = await client.request(Subscribe, { run });
      const known = early.get(run) ?? [];
      early.delete(run);
      if (fromStart) for (const event of replay(snapshot)) take(event);
      if (ENDED.includes(snapshot.summary.state)) take(endOf(snapshot.summary));
      for (const event of known) take(event);
    }
    await promise;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
  return interrupted ? Exit.interrupted : exitOf([...ends.values()].map(({ state }) => state));
}

/** What `--detach` says. */
export const sayDetached = (runs: readonly RunSummary[]): void => {
  for (const { run, name } of runs) print(`${name}: queued as ${run}`);
};
