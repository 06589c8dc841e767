/** The folders of a store's runs: one per run, with the checkpoints recorded in the store. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { latestCheckpoint } from '../checkpoint/checkpoint.ts';
import { formatCount } from '../domain/numbers/format.ts';
import type { RunHealth } from '../protocol/health.ts';
import type { Problem } from './problem.ts';

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Names of the runs that have a folder; empty if there is no store. */
export function runFolders(home: string): string[] {
  try {
    const entries = readdirSync(join(home, 'runs'), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Folders of runs that the store does not have. `folders` is read before the runs: a run comes before its folder. */
export function strayFolders(home: string, folders: readonly string[], runs: readonly RunHealth[]): Problem[] {
  const known = new Set(runs.map(({ run }) => run));
  return folders
    .filter((name) => !known.has(name) && hasCheckpoint(join(home, 'runs', name)))
    .map((name) => {
      const path = join(home, 'runs', name);
      const message = `${path} contains the checkpoints of a run that is not in the store.`;
      const advice = 'Delete the folder, or keep its .safetensors files elsewhere: `init: {from: …}` reads them.';
      return { id: 'checkpoints-without-run', severity: 'warning', message, advice, path };
    });
}

const hasCheckpoint = (folder: string): boolean => readdirSync(folder).some((file) => file.endsWith('.safetensors'));

/** Whether an idle run still has the checkpoint that it would continue from. Reads all of it, as a resume would. */
export async function checkpointProblem(home: string, health: RunHealth): Promise<Problem | undefined> {
  const { run, name, step, checkpoint } = health;
  if (checkpoint === undefined || health.attended) return undefined;
  const folder = join(home, 'runs', run);
  const broken: string[] = [];
  const passedOver = (file: string, why: string) => void broken.push(`${basename(file)}: ${why}`);
  const found = await latestCheckpoint(folder, { upTo: step, passedOver }).catch((error: unknown) => {
    if (!isAbsent(error)) broken.push((error as Error).message);
    return undefined;
  });
  if (found && found.state.step >= checkpoint) return undefined;
  const lost = broken.length === 0;
  const what = lost ? 'is gone' : `can't be read (${broken.join('; ')})`;
  const message = `The checkpoint of step ${formatCount(checkpoint)} of ${name} (${run}) ${what}.`;
  const resume = `rectiscope resume ${run}${health.state === 'finished' ? ' --epochs N' : ''}`;
  const without = found ? `\`${resume}\` continues from step ${found.state.step}` : 'train its file again';
  const back = broken.some((why) => why.includes('EACCES'))
    ? `Take ownership of the files in ${folder} (\`chown -R\`, \`chmod -R u+rwX\`)`
    : `Restore it in ${folder}`;
  const advice = `${back}. Otherwise ${without}; until then the run can't be tested or exported.`;
  return {
    id: lost ? 'checkpoint-lost' : 'checkpoint-unreadable',
    severity: 'error',
    message,
    advice,
    run,
    path: folder,
  };
}
