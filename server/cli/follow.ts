/** Follow runs until each has ended, as JSON lines or for a person; the server may end and start again meanwhile. */
import { ConnectionLost } from '../client/connect.ts';
import type { LastingClient } from '../client/lasting-client.ts';
import type { EndEvent, RunEvent, RunState } from '../protocol/events.ts';
import { type RunSummary, Stop, Subscribe } from '../protocol/requests.ts';
import { FollowedRun } from './followed-run.ts';
import { onInterrupt } from './interrupt.ts';
import { CommandError, Exit, print, printJson, say } from './output.ts';
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

/** Times that a server may die before anything new is heard: more often, starting it again helps nobody. */
const MOST_RESTARTS = 3;

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
  options: FollowOptions,
): Promise<Exit> {
  const { json, fromStart, quiet = false, stops = runs.map(({ run }) => run) } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let restarts = 0;
  let interrupted = false;
  const followed = new Map(
    runs.map(({ run, name }) => {
      const progress = new Progress(name);
      const show = (event: RunEvent, summary?: RunSummary): void => {
        restarts = 0;
        // Where nothing is printed the caller says what came of it.
        if (!quiet && json) printJson(event);
        else if (!quiet) progress.take(event, summary);
      };
      return [run, new FollowedRun(run, { fromStart, show })] as const;
    }),
  );
  const living = () => [...followed.values()].filter(({ end }) => !end);
  const settle = () => {
    if (living().length === 0) resolve();
  };
  // What a cut line left unanswered is asked again once there is a new one.
  const unlessCut = (error: unknown) => {
    if (!(error instanceof ConnectionLost)) reject(error);
  };
  const subscribe = async (one: FollowedRun): Promise<void> => {
    do one.awaitSnapshot();
    while (!one.takeSnapshot(await client.request(Subscribe, { run: one.run })));
    settle();
  };
  const askToStop = () => {
    for (const { run } of living()) if (stops.includes(run)) client.request(Stop, { run }).catch(unlessCut);
  };
  const recover = async () => {
    for (const one of living()) one.awaitSnapshot();
    if (++restarts > MOST_RESTARTS)
      throw new CommandError(
        Exit.unexpected,
        `The training server has died ${restarts} times without getting any further. Its last words are in server.out and server.log of the store; \`rectiscope server start\` tries again.`,
      );
    const recovery = await client.recover();
    say(
      recovery === 'restarted'
        ? 'The training server had gone and was started again; what was running goes on from its last checkpoint.'
        : 'The line to the training server was cut and is there again.',
    );
    for (const one of living()) await subscribe(one);
    if (interrupted) askToStop();
  };

  // What keeps a run waiting that is no event of it: the disk is full. Said once, and when it is over.
  let trouble: string | undefined;
  const tellTrouble = (running: RunSummary | undefined) => {
    const now = running?.message;
    if (now !== undefined && now !== trouble) say(now);
    if (now === undefined && trouble !== undefined) say('There is room on the disk again: the run goes on.');
    trouble = now;
  };

  const disposables = [
    client.onDelta((delta) => {
      const one = followed.get(delta.run);
      if (one && !one.takeDelta(delta)) subscribe(one).catch(unlessCut);
      settle();
    }),
    client.onRunsChanged((all) => tellTrouble(all.find(({ run, state }) => state === 'running' && followed.has(run)))),
    client.onCut(() => void recover().catch(unlessCut)),
  ];
  const interrupt = () => {
    if (interrupted) process.exit(Exit.interrupted);
    interrupted = true;
    say('Stopping after a checkpoint; press Ctrl-C again to leave the run to the server.');
    askToStop();
  };
  const calm = onInterrupt(interrupt);
  try {
    for (const one of followed.values()) await subscribe(one).catch(unlessCut);
    await promise;
  } finally {
    calm();
    for (const dispose of disposables) dispose();
  }
  return interrupted ? Exit.interrupted : exitOf([...followed.values()].flatMap(({ end }) => end ?? []));
}

/** What `--detach` says. */
export const sayDetached = (runs: readonly RunSummary[]): void => {
  for (const { run, name } of runs) print(`${name}: queued as ${run}`);
};
