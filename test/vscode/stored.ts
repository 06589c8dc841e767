/** What the run store has, asked past the editor. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { connectToServer } from '../../server/client/connect.ts';
import { type RunSnapshot, Runs, Show } from '../../server/protocol/requests.ts';
import { unpack } from '../../server/protocol/scalar.ts';

/** What the store has of the latest run of a name, asked past the editor. */
export async function stored(workspace: string, name: string): Promise<RunSnapshot> {
  const client = await connectToServer({ home: join(workspace, '.rectiscope'), start: false });
  assert.ok(client, 'the training server runs');
  const runs = await client.request(Runs);
  const run = runs.toSorted((a, b) => b.created.localeCompare(a.created)).find((one) => one.name === name);
  assert.ok(run, `${name} is in the store`);
  const snapshot = await client.request(Show, { run: run.run });
  client.dispose();
  return snapshot;
}

/** Each step once and none left out. */
export function assertGapFree({ steps, summary }: RunSnapshot): void {
  const all = [...unpack(steps.step)];
  assert.deepEqual(
    all,
    all.map((_, i) => i + 1),
  );
  assert.equal(all.length, summary.step);
}
