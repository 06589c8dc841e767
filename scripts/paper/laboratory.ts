/** Trains the experiments of the paper in a separate store, so that finished runs are not trained again. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { follow } from '../../server/cli/follow.ts';
import { stopServer } from '../../server/client/connect.ts';
import { LastingClient } from '../../server/client/lasting-client.ts';
import { type RunSnapshot, Runs, Show, Train } from '../../server/protocol/requests.ts';
import { applyOverrides } from '../../server/run-file/overrides.ts';

export interface Experiment {
  /** Path of the run file. */
  readonly file: string;
  readonly seed: number;
  /** More settings, `key=value`. */
  readonly set?: readonly string[];
}

export class Laboratory {
  readonly #client: LastingClient;
  /** Folder of its store. */
  readonly home: string;

  private constructor(client: LastingClient, home: string) {
    this.#client = client;
    this.home = home;
  }

  static async open(home: string): Promise<Laboratory> {
    return new Laboratory(await LastingClient.connect({ home }), home);
  }

  /** The snapshot of a run that has ended: of an earlier one with the same text, or of a new one. */
  async trained({ file, seed, set = [] }: Experiment): Promise<RunSnapshot> {
    const path = resolve(file);
    const { text, mistakes } = applyOverrides(readFileSync(path, 'utf8'), [`seed=${seed}`, ...set]);
    if (mistakes.length > 0) throw new Error(mistakes.map(({ message }) => message).join('\n'));
    for (const { run, state, file: trained } of await this.#client.request(Runs)) {
      if (trained !== path || (state !== 'finished' && state !== 'stalled')) continue;
      const snapshot = await this.#client.request(Show, { run });
      if (snapshot.text === text) return snapshot;
    }
    const summary = await this.#client.request(Train, {
      file: path,
      text,
      overrides: [],
      backend: 'auto',
      device: 'auto',
    });
    await follow(this.#client, [summary], { json: false, fromStart: false });
    const snapshot = await this.#client.request(Show, { run: summary.run });
    const { state, message } = snapshot.summary;
    if (state !== 'finished' && state !== 'stalled')
      throw new Error(`${summary.name} (${summary.run}) is ${state}. ${message ?? ''}`);
    return snapshot;
  }

  async close(): Promise<void> {
    this.#client.dispose();
    await stopServer(this.home);
  }
}
