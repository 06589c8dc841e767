/** What `extensionTestsPath` names: VS Code's extension host requires this module and calls `run`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Run the suite; results go to the file that the harness names, since a workbench prints nothing. */
export async function run(): Promise<void> {
  const output = process.env['RECTISCOPE_TEST_RESULTS'];
  if (!output) throw new Error('RECTISCOPE_TEST_RESULTS names no file.');
  const mocha = new Mocha({ ui: 'bdd', timeout: 180_000, reporter: 'json', reporterOptions: { output } });
  // In this order: the first looks at a window in which nothing was trained.
  for (const name of ['run-files', 'editing', 'agents', 'runs', 'server', 'findings'])
    mocha.addFile(join(__dirname, `${name}.test.cjs`));
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  if (!existsSync(output)) throw new Error('No results were written.');
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
