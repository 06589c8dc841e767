/** What `evaluate` and `predict` have in common: options, and what they make of them. */
import { InvalidArgumentError, Option } from 'commander';
import type { Views } from '../domain/config.ts';
import { chooseForward } from '../engines/choose.ts';
import type { ForwardBackend } from '../engines/inference.ts';
import { tensorFlowProblem } from '../engines/tensorflow/load.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { backendOption, deviceOption } from './engine-options.ts';
import { onInterrupt } from './interrupt.ts';
import { CommandError, Exit, say } from './output.ts';
import { inOwnProcess } from './own-process.ts';

export interface TestOptions {
  readonly views?: Views;
  readonly scales?: readonly number[];
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  readonly json?: boolean;
}

function toScales(text: string): number[] {
  const scales = text.split(',').map(Number);
  if (!scales.every((scale) => Number.isInteger(scale) && scale > 0 && scale <= 65_536))
    throw new InvalidArgumentError('Write shorter sides in pixels, such as 256 or 256,384.');
  return scales;
}

/** Options of both commands; those that are not given come from the run file. */
export const testOptions = (): Option[] => [
  new Option('--views <views>', 'crops whose scores are averaged').choices(['center', 'ten', 'dense']),
  new Option('--scales <pixels>', 'shorter sides, scores averaged, e.g. 256,384').argParser(toScales),
  backendOption(),
  deviceOption(),
  new Option('--json', 'JSON lines'),
];

/** The backend that the options and this machine allow; says why where it isn't the best. */
export async function forwardBackend(options: TestOptions): Promise<ForwardBackend> {
  const { backend, notices } = await chooseForward({ ...options, report: say });
  for (const notice of notices) say(notice);
  return backend;
}

/** Does work that may load TensorFlow, which talks while it is loaded, in a process apart; other work here. */
export async function computing(backends: readonly (Backend | 'auto')[], work: () => Promise<void>): Promise<void> {
  const mayLoad = backends.some((backend) => backend !== 'onnx') && (await tensorFlowProblem()) === undefined;
  await (mayLoad ? inOwnProcess(work) : work());
}

/** Failures that name what is wrong with a run or its data, as sentences of the command line. */
export async function withFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RunFailure ? new CommandError(Exit.badInput, error.message) : error;
  }
}

/** Runs until Ctrl-C: `check` throws then, between two images. A second one ends the process where it is. */
export async function interruptible<T>(work: (check: () => void) => Promise<T>): Promise<T> {
  let interrupted = false;
  const interrupt = () => {
    if (interrupted) process.exit(Exit.interrupted);
    interrupted = true;
  };
  const calm = onInterrupt(interrupt);
  try {
    return await work(() => {
      if (interrupted) throw new CommandError(Exit.interrupted, 'Interrupted; nothing was changed.');
    });
  } finally {
    calm();
  }
}
