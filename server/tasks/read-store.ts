/** Reading runs: from the training server, or from the store's files where the disk lets no server start. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnwritable } from '../client/connect.ts';
import { findHome } from '../client/home.ts';
import { LastingClient } from '../client/lasting-client.ts';
import { type RunSnapshot, type RunSummary, Runs, Show } from '../protocol/requests.ts';

/** What can be read of a store. */
export interface StoreReader {
  /** All runs, the newest first. */
  runs(): Promise<RunSummary[]>;
  /** One run: an id, a prefix of one, or a name. Throws `noSuchRun` or `ambiguousRun`. */
  show(run: string): Promise<RunSnapshot>;
}

/**
 * Read the store of this folder. Its server is started where none runs; where it can't write its store, the store is read as it is, and
 * nothing is written; `notice` gets a sentence that says so.
 */
export async function readRuns<T>(
  use: (reader: StoreReader) => Promise<T>,
  notice: (text: string) => void,
): Promise<T> {
  const home = findHome(process.cwd());
  let client: LastingClient;
  try {
    client = await LastingClient.connect({ home });
  } catch (error) {
    if (error instanceof StoreUnwritable) return readFiles(home, { use, error, notice });
    throw error;
  }
  try {
    return await use({ runs: () => client.request(Runs), show: (run) => client.request(Show, { run }) });
  } finally {
    client.dispose();
  }
}

/** Without a server nothing trains, whatever the store says. */
const atRest = <S extends RunSummary>(summary: S): S =>
  summary.state === 'running' || summary.state === 'queued'
    ? { ...summary, message: 'It waits: no training server can start while its disk can’t be written.' }
    : summary;

async function readFiles<T>(
  home: string,
  {
    use,
    error,
    notice,
  }: { use: (reader: StoreReader) => Promise<T>; error: StoreUnwritable; notice: (text: string) => void },
): Promise<T> {
  const { DATABASE_FILE, readStore } = await import('../supervisor/store/store.ts');
  if (!existsSync(join(home, DATABASE_FILE))) throw error;
  notice(`${error.message}\nThe runs are read from the files of the store; nothing is written.`);
  return use({
    runs: async () => readStore(home, (store) => store.list()).map(atRest),
    show: async (run) => {
      const snapshot = readStore(home, (store) => store.snapshot(store.find(run)));
      return { ...snapshot, summary: atRest(snapshot.summary) };
    },
  });
}
