import { Command } from 'commander';
import { formatCount } from '../domain/numbers/format.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';
import { toScalar } from '../protocol/scalar.ts';
import { systemClock } from '../system/clock.ts';
import { TaskError } from '../tasks/task-error.ts';
import { type Replay, replayRun } from '../trainer/replay.ts';
import { Exit, print, printJson, say } from './output.ts';
import { withReader } from './read-store.ts';
import { computing, interruptible } from './test-options.ts';

/** Milliseconds between two lines of progress. */
const TELL_MS = 2000;

/** Says how far it is, every two seconds. */
function teller(name: string): (done: number, steps: number) => void {
  let told = systemClock.monotonic();
  let began: number | undefined;
  return (done, steps) => {
    const now = systemClock.monotonic();
    began ??= now;
    if (now - told < TELL_MS) return;
    told = now;
    if (done === 0) return say(`${name}: reading the images`);
    const left = ((now - began) / 1000 / done) * (steps - done);
    say(`${name}: ${formatCount(done)} of ${formatCount(steps)} steps, ${formatDuration(left)} left`);
  };
}

/** What may be behind a difference that is no fault of the run's. */
const innocent = ({ engine: { device, library } }: Replay): string =>
  device === 'cpu'
    ? `The run was computed on ${library}: another processor or another version of it rounds differently; on the same machine the bits must be the same.`
    : `The run was computed on ${device} (${library}): another GPU or driver rounds differently, and so does TensorFlow with TF_DETERMINISTIC_OPS=0.`;

function printVerdict(snapshot: RunSnapshot, replay: Replay, seconds: number): void {
  const { run, name } = snapshot.summary;
  const { from, step, hash, recorded, engine, difference } = replay;
  const parts = engine.parts === 1 ? 'one part' : `${engine.parts} parts`;
  print(
    `${name} (${run}): steps ${formatCount(from + 1)} to ${formatCount(step)} again, in ${formatDuration(seconds)}`,
  );
  print(`on ${engine.library} (${engine.device}), ${parts} of a batch, as in the run`);
  print(`recorded  ${recorded}`);
  print(`replayed  ${hash}`);
  if (hash === recorded) return print('Verified: the weights are the same, bit for bit.');
  print('NOT verified: the weights differ.');
  if (difference)
    print(
      `The loss differs first at step ${formatCount(difference.step)}: ${difference.recorded} recorded, ${difference.replayed} now.`,
    );
  print(innocent(replay));
}

async function verify(name: string, json: boolean): Promise<void> {
  const snapshot = await withReader(({ show }) => show(name));
  const { summary } = snapshot;
  if (!isOver(summary.state))
    throw new TaskError(
      'badInput',
      `${summary.name} (${summary.run}) is ${summary.state}: its checkpoints still change. Wait for its end, or stop it: \`rectiscope stop ${summary.run}\`.`,
    );
  const started = systemClock.monotonic();
  const tell = teller(summary.name);
  const replay = await interruptible((check) =>
    replayRun(snapshot, {
      notice: (message) => say(`${summary.name}: ${message}`),
      onProgress: (done, steps) => {
        check();
        tell(done, steps);
      },
    }),
  );
  const seconds = (systemClock.monotonic() - started) / 1000;
  const equal = replay.hash === replay.recorded;
  if (json) {
    const { difference, engine, ...rest } = replay;
    printJson({
      event: 'verified',
      ...{ run: summary.run, name: summary.name, equal, ...rest, ...engine, seconds },
      ...(difference && {
        first_difference: {
          step: difference.step,
          recorded: toScalar(difference.recorded),
          replayed: toScalar(difference.replayed),
        },
      }),
    });
  } else printVerdict(snapshot, replay, seconds);
  if (!equal) process.exitCode = Exit.badEnd;
}

/** `rectiscope verify RUN` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Train again from the second-to-last checkpoint to the last: are the weights the same, bit for bit?')
    .argument('<run>', 'id, prefix of an id, or name')
    .option('--json', 'one JSON object')
    .action((run: string, { json = false }: { json?: boolean }) => computing(['auto'], () => verify(run, json)));
}
