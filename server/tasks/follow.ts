/** Follows runs until each has ended; the server may restart meanwhile. */
import { ConnectionLost } from '../client/connect.ts';
import type { LastingClient } from '../client/lasting-client.ts';
import type { EndEvent, RunEvent } from '../protocol/events.ts';
import { type RunSummary, Stop, Subscribe } from '../protocol/requests.ts';
import { FollowedRun } from './followed-run.ts';
import { TaskError } from './task-error.ts';

export interface FollowOptions {
  /** Whether earlier events are reported, too. */
  readonly fromStart: boolean;
  /** Runs that `stop` stops, by id; all if it is left out. */
  readonly stops?: readonly string[] | undefined;
  /** Called with every event once, and with the server's summary of the run, if it sent one. */
  readonly show: (run: RunSummary, event: RunEvent, summary?: RunSummary) => void;
  /** Called with messages that are not events of a run: a server that died, a full disk. */
  readonly notice: (text: string) => void;
}

export interface Following {
  /** The ends of all runs; rejects if they can't be followed any further. */
  readonly ended: Promise<EndEvent[]>;
  /** Makes the runs stop after a checkpoint, also if the server restarts meanwhile. */
  readonly stop: () => void;
}

/** Times that a server may die without progress: after that, restarting it is useless. */
const MOST_RESTARTS = 3;

/** Starts following runs. */
export function followRuns(client: LastingClient, runs: readonly RunSummary[], options: FollowOptions): Following {
  const { fromStart, stops = runs.map(({ run }) => run), notice } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let restarts = 0;
  let stopping = false;
  const followed = new Map(
    runs.map((run) => {
      const show = (event: RunEvent, summary?: RunSummary): void => {
        restarts = 0;
        options.show(run, event, summary);
      };
      return [run.run, new FollowedRun(run.run, { fromStart, show })] as const;
    }),
  );
  const living = () => [...followed.values()].filter(({ end }) => !end);
  const settle = () => {
    if (living().length === 0) resolve();
  };
  // Requests that a lost connection left unanswered are sent again after reconnecting.
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
      throw new TaskError(
        'unexpected',
        `The training server has died ${restarts} times without progress. Its last output is in server.out and server.log of the store; \`rectiscope server start\` tries again.`,
      );
    const recovery = await client.recover();
    notice(
      recovery === 'restarted'
        ? 'The training server had died and was restarted; running runs continue from their last checkpoints.'
        : 'The connection to the training server was lost and is restored.',
    );
    for (const one of living()) await subscribe(one);
    if (stopping) askToStop();
  };

  // A run may wait for a reason that is not an event: a full disk. Reported once, and again when it is over.
  let trouble: string | undefined;
  const tellTrouble = (running: RunSummary | undefined) => {
    const now = running?.message;
    if (now !== undefined && now !== trouble) notice(now);
    if (now === undefined && trouble !== undefined) notice('The disk has space again: the run continues.');
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
  const untilEnded = async (): Promise<EndEvent[]> => {
    try {
      for (const one of followed.values()) await subscribe(one).catch(unlessCut);
      await promise;
    } finally {
      for (const dispose of disposables) dispose();
    }
    return [...followed.values()].flatMap(({ end }) => end ?? []);
  };
  return {
    ended: untilEnded(),
    stop: () => {
      stopping = true;
      askToStop();
    },
  };
}
