/**
 * All tests: unit tests and everything that needs no editor, then those in a real VS Code. Closes with one line that counts
 * them; what can't run on this platform is reported and counts as skipped.
 *
 * usage: npm test [-- FILE…]     with files: only these, and no editor
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const chosen = process.argv.slice(2);
process.chdir(root);

/** The files that node:test runs, each in a separate process. */
async function unitTests(files: readonly string[]): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  // Half of them train: more at once than cores would only wait for each other.
  const stream = run({ files: [...files], concurrency: 2, timeout: 300_000 });
  stream.on('test:summary', ({ file, counts: own }) => {
    if (file !== undefined) return;
    counts.passed = own.passed;
    counts.failed = own.tests - own.passed - own.skipped - own.todo;
    counts.skipped = own.skipped;
  });
  const printed = stream.compose(new spec());
  for await (const text of printed) process.stdout.write(text);
  return counts;
}

/** A program of ours that ends with `N passed, N failed[, N skipped]`; one that has no tests (`counts: false`) need not. */
async function program(title: string, file: string, { counts = true } = {}): Promise<Counts> {
  console.log(`\n${title}`);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const [line] = output.match(/^\d+ passed, \d+ failed(, \d+ skipped)?$/gm)?.slice(-1) ?? [];
  const [passed = 0, failed = 0, skipped = 0] = line?.match(/\d+/g)?.map(Number) ?? [];
  // A program that dies before it prints its counts has failed.
  const silent = (counts && line === undefined) || (code !== 0 && failed === 0);
  return { passed, failed: silent ? failed + 1 : failed, skipped };
}

const files =
  chosen.length > 0
    ? chosen
    : globSync('test/**/*.test.ts')
        .filter((file) => !file.includes('test/vscode/'))
        .toSorted();
const results = [await unitTests(files)];
if (chosen.length === 0) {
  results.push(
    await program('Setting up a real VS Code (the first time it is fetched by npm)', 'test/vscode/setup.ts', {
      counts: false,
    }),
  );
  results.push(await program('Inside the extension host', 'test/vscode/exthost.ts'));
  results.push(await program('The .vsix, by keyboard and mouse', 'test/vscode/smoke.ts'));
}
const total = (key: keyof Counts) => results.reduce((sum, counts) => sum + counts[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0;
