/**
 * Writes the snapshots of a store's runs into `test/fixtures/panel`, one file a run, named after it:
 * `RECTISCOPE_HOME=… node test/webview/capture.ts`. The two that are there are the example pair, trained on a CPU by `onnx`.
 */
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { connectToServer } from '../../server/client/connect.ts';
import { findHome } from '../../server/client/home.ts';
import { Runs, Show } from '../../server/protocol/requests.ts';

const client = await connectToServer({ home: findHome(process.cwd()), start: true });
for (const { run } of await client.request(Runs)) {
  const snapshot = await client.request(Show, { run });
  const { summary, checkpoint } = snapshot;
  // Nothing of the machine that trained them.
  summary.file = `/examples/${basename(summary.file)}`;
  if (checkpoint !== undefined) checkpoint.file = basename(checkpoint.file);
  const file = resolve(import.meta.dirname, `../fixtures/panel/${summary.name}.json`);
  writeFileSync(file, `${JSON.stringify(snapshot)}\n`);
  console.log(`${file}: ${summary.state} at step ${summary.step}`);
}
client.dispose();
