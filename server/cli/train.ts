import { Command } from 'commander';
import type { LastingClient } from '../client/lasting-client.ts';
import { otherRuntime, RESTART_FOR_RUNTIME } from '../client/other-runtime.ts';
import { withServer } from '../client/with-server.ts';
import { formatCount, formatEpoch, formatPercent } from '../domain/numbers/format.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { Remove, Resume, type RunSummary, Stop, type TrainParams } from '../protocol/requests.ts';
import { TaskError } from '../tasks/task-error.ts';
import { type NamedText, queueRuns, readForTraining } from '../tasks/train.ts';
import { collect } from './collect.ts';
import { backendOption, deviceOption } from './engine-options.ts';
import { follow, sayDetached } from './follow.ts';
import { print, printJson, say } from './output.ts';

interface TrainOptions {
  backend: Backend | 'auto';
  device: Device | 'auto';
  set?: string[];
  detach?: boolean;
  json?: boolean;
}

/** `rectiscope train FILE…` */
export function trainCommand(): Command {
  return new Command('train')
    .description('Queue runs and follow them.')
    .argument('<file...>', 'run files')
    .addOption(backendOption())
    .addOption(deviceOption())
    .option('--set <key=value>', 'change a key for this run, e.g. train.batch_size=32', collect)
    .option('--detach', 'queue only; the server trains')
    .option('--json', 'JSON lines')
    .action(async (files: string[], { backend, device, set = [], detach = false, json = false }: TrainOptions) => {
      const texts = await readForTraining(files, set);
      await withServer(async (client) => {
        sayOtherRuntime(client);
        const runs = await submit(client, texts, { overrides: set, backend, device });
        if (!detach) process.exitCode = await follow(client, runs, { json, fromStart: true });
        else if (json) for (const { run, name } of runs) printJson({ event: 'queued', run, name });
        else sayDetached(runs);
      });
    });
}

/** Says that the server computes on another TensorFlow than this process would. */
function sayOtherRuntime({ server }: LastingClient): void {
  const other = otherRuntime(server, process.env);
  if (other !== undefined) say(`${other} ${RESTART_FOR_RUNTIME}`);
}

/** Runs that are named where a run waits behind them, at most. */
const MOST_NAMED = 3;

/** Queue the runs, all or none: whoever presses Ctrl-C meanwhile does not leave one behind unseen. */
async function submit(
  client: LastingClient,
  texts: readonly NamedText[],
  options: Pick<TrainParams, 'overrides' | 'backend' | 'device'>,
): Promise<RunSummary[]> {
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.on('SIGINT', interrupt);
  try {
    const { runs, ahead } = await queueRuns(client, texts, options);
    if (interrupted) {
      for (const { run } of runs) await client.request(Stop, { run });
      throw new TaskError('interrupted', `Interrupted: ${runs.map(({ run }) => run).join(', ')} stopped.`);
    }
    const names = ahead.map(({ name, run }) => `${name} (${run})`);
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
    if (names.length > 0) say(`Waiting behind ${names.slice(0, MOST_NAMED).join(', ')}${more}.`);
    return runs;
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** `rectiscope resume RUN` */
export function resumeCommand(): Command {
  return new Command('resume')
    .description('Continue a stopped or killed run from its checkpoint; extend a finished one.')
    .argument('<run>', 'id, prefix of an id, or name')
    .option('--epochs <n>', 'add this many epochs', Number)
    .option('--set <train.workers=list>', 'continue on other workers: "train.workers=[host:port]"; [] is this machine')
    .option('--detach', 'do not follow')
    .option('--json', 'JSON lines')
    .action(
      async (
        run: string,
        {
          epochs,
          set,
          detach = false,
          json = false,
        }: { epochs?: number; set?: string; detach?: boolean; json?: boolean },
      ) => {
        const workers = set === undefined ? undefined : workersOf(set);
        if (epochs !== undefined && !(epochs > 0)) throw new TaskError('badInput', '--epochs takes a number above 0.');
        await withServer(async (client) => {
          const summary = await client.request(Resume, {
            run,
            ...(epochs !== undefined && { epochs }),
            ...(workers !== undefined && { workers }),
          });
          if (!detach) process.exitCode = await follow(client, [summary], { json, fromStart: false });
          else if (json) printJson(summary);
          else sayDetached([summary]);
        });
      },
    );
}

/** The list of `--set train.workers=[…]`: nothing else of a started run can be changed. */
function workersOf(setting: string): string[] {
  const [, list] = /^\s*train\.workers\s*=\s*\[([^\]]*)\]\s*$/.exec(setting) ?? [];
  if (list === undefined)
    throw new TaskError(
      'badInput',
      `--set: expected \`train.workers=[host:port, …]\`; found \`${setting}\`. Only a run's workers can change once it has started: any other change would make it another run.`,
    );
  const words = list.split(',').map((word) => word.trim().replaceAll(/^["']|["']$/g, ''));
  return words.length === 1 && words[0] === '' ? [] : words;
}

/** After waiting this long for a run to stop, the command explains why, ms. */
const STOP_WORD_MS = 2000;

/** `rectiscope stop RUN` */
export function stopCommand(): Command {
  return new Command('stop')
    .description('Ask a run to stop after a checkpoint.')
    .argument('<run>')
    .option('--json')
    .action(async (run: string, { json = false }: { json?: boolean }) =>
      withServer(async (client) => {
        const patience = setTimeout(
          () => say('Stopping after the current step and a checkpoint; Ctrl-C here lets the server finish that.'),
          STOP_WORD_MS,
        );
        const summary = await client.request(Stop, { run }).finally(() => clearTimeout(patience));
        if (json) printJson(summary);
        else {
          const { name, state, step } = summary;
          const goesOn =
            state === 'finished' ? `resume ${summary.run} --epochs 5\` extends it` : `resume ${summary.run}\` goes on`;
          print(`${name} (${summary.run}): ${state} at step ${formatCount(step)}. \`rectiscope ${goesOn}.`);
        }
      }),
    );
}

/** `rectiscope remove RUN` */
export function removeCommand(): Command {
  return new Command('remove')
    .description('Remove a run and delete its checkpoints.')
    .argument('<run>')
    .option('--json', 'one JSON object')
    .action(async (run: string, { json = false }: { json?: boolean }) =>
      withServer(async (client) => {
        const removed = await client.request(Remove, { run });
        if (json) printJson({ run: removed.run, name: removed.name, state: 'removed' });
        else print(`${removed.name} (${removed.run}) was removed.`);
      }),
    );
}

/** The star and the tags of a run. */
export const marks = ({ starred, tags }: RunSummary): string => [...(starred ? ['★'] : []), ...tags].join(' ');

/** One line of `rectiscope runs`. */
export const describeRun = (run: RunSummary): string[] => [
  run.run,
  run.name,
  run.state,
  run.steps > 0 ? `${formatCount(run.step)}/${formatCount(run.steps)}` : formatCount(run.step),
  formatEpoch(run.epoch),
  formatPercent(run.top1),
  run.best ? formatPercent(run.best.top1) : '–',
  formatPercent(run.top5),
  String(run.findings),
  formatDuration(run.seconds),
  marks(run),
];
