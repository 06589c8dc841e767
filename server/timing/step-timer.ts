/**
 * A process that times one engine. Each engine has a separate process: TensorFlow reads its number of threads once, when it is
 * loaded, and two engines that are timed alternately must not share it.
 */

import type { Network } from '../domain/network/network.ts';
import { chooseEngine } from '../engines/choose.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { systemClock } from '../system/clock.ts';
import { TIMED_UPDATE, type TimedTask, timedWork } from './time-steps.ts';

/** Which engine; the first message. */
export interface OpenTimer {
  readonly type: 'open';
  readonly network: Network;
  readonly batchSize: number;
  readonly backend: Backend;
  readonly device: Device | 'auto';
  readonly parts: number;
}

/** Runs a task this many times. */
export interface TimeTask {
  readonly type: 'time';
  readonly task: TimedTask;
  readonly count: number;
}

/** The engine that was opened. */
export interface TimedEngine {
  readonly device: Device;
  readonly threads: number;
  readonly parts: number;
  /** Name and version of the native library. */
  readonly library: string;
}

export type TimerReply =
  | { readonly type: 'opened'; readonly engine: TimedEngine }
  | {
      readonly type: 'times';
      readonly milliseconds: readonly number[];
      /** Peak resident memory of the process so far, bytes. */
      readonly memory: number;
    }
  /** This machine can't run the engine: why, and what to do. */
  | { readonly type: 'refused'; readonly message: string };

function serve(send: (reply: TimerReply) => void): void {
  let time: Awaited<ReturnType<typeof timedWork>> | undefined;
  const open = async ({ type: _, network, batchSize, ...request }: OpenTimer) => {
    const { engine, library } = await chooseEngine({
      ...request,
      pinned: undefined,
      network,
      batchSize,
      train: TIMED_UPDATE,
    });
    time = await timedWork(engine, { network, batchSize }, systemClock);
    const { device, threads, parts } = engine;
    send({ type: 'opened', engine: { device, threads, parts, library } });
  };
  const answer = async (message: OpenTimer | TimeTask) => {
    try {
      if (message.type === 'open') await open(message);
      else if (!time) throw new Error('no engine was opened');
      else {
        const milliseconds = await time(message.task, message.count);
        send({ type: 'times', milliseconds, memory: 1024 * process.resourceUsage().maxRSS });
      }
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      send({ type: 'refused', message: error.message });
    }
  };
  process.on('message', (message: OpenTimer | TimeTask) => void answer(message));
}

if (!process.send) throw new Error('A step timer is started by a command: use `rectiscope bench`.');
process.on('disconnect', () => process.exit());
serve((reply) => process.send?.(reply));
