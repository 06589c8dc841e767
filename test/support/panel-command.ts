/** `rectiscope panel` as a process of a test: its address, what it said, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { processFile } from '../../server/system/processes.ts';
import { later } from './training-server.ts';

export interface PanelCommand {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** `http://127.0.0.1:PORT`, without a slash. */
  readonly origin: string;
  /** Lines of standard error so far. */
  readonly said: readonly string[];
  /** Its exit code. */
  readonly exit: Promise<number | null>;
}

/** The command on a store, in a folder; `words` are further ones. Rejects with its words where it does not come up. */
export async function startPanel(
  t: TestContext,
  { home, folder = home, words = [] }: { home: string; folder?: string; words?: readonly string[] },
): Promise<PanelCommand> {
  const child = spawn(process.execPath, [processFile('cli'), 'panel', '--json', ...words], {
    cwd: folder,
    env: { ...process.env, RECTISCOPE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  later(t, () => child.kill('SIGKILL'));
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const line = once(createInterface(child.stdout), 'line').then(([text]) => text as string);
  const first = await Promise.race([line, exit]);
  if (typeof first !== 'string') throw new Error(`exit ${first}: ${said.join('\n')}`);
  const { url, port } = JSON.parse(first) as { url: string; port: number };
  const token = new URL(url).searchParams.get('token') ?? '';
  return { child, url, port, token, origin: new URL(url).origin, said, exit };
}
