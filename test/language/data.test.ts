/** The editor looks at the data that a run file names, and never waits for it. */
import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Diagnostic } from 'vscode-languageserver/node';
import { withFolder } from '../support/idx.ts';
import { LanguageClient } from '../support/language-client.ts';
import { smallRunFile as runFile, writeSmallData } from '../support/small-data.ts';

interface Editor {
  readonly folder: string;
  readonly client: LanguageClient;
  /** Make the file say this. */
  readonly write: (text: string) => Promise<void>;
  /** The marks of the text that was written last, once they are these: rule and line, counted from 1. */
  readonly marked: (...marks: [rule: string, line: number][]) => Promise<readonly Diagnostic[]>;
}

const marksOf = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ code, range }) => [code, range.start.line + 1]);

const inEditor = (use: (editor: Editor) => Promise<void>) =>
  withFolder(async (folder) => {
    const client = await LanguageClient.start();
    const uri = pathToFileURL(join(folder, 'a.rectiscope.yaml')).href;
    let version = 0;
    const write = (text: string) => {
      version++;
      return version === 1 ? client.open(uri, text) : client.change(uri, version, [{ text }]);
    };
    const marked = async (...marks: [string, number][]) => {
      const isSo = ({ diagnostics }: { diagnostics: readonly Diagnostic[] }) =>
        JSON.stringify(marksOf(diagnostics)) === JSON.stringify(marks);
      const own = version;
      return (await client.publication((params) => params.version === own && isSo(params))).diagnostics;
    };
    try {
      await use({ folder, client, write, marked });
    } finally {
      await client.stop();
    }
  });

test('classes and the input are judged by the data, and by what is typed about it', () =>
  inEditor(async ({ folder, client, write, marked }) => {
    writeSmallData(folder);
    await write(runFile());
    const [imbalance] = await marked(['class-imbalance', 2]);
    assert.match(String(imbalance?.message), /300 examples of class 1, 20 of class 2/);
    assert.deepEqual(client.published[0]?.diagnostics, [], 'the text alone is judged first');
    await write(runFile({ normalize: 'none' }));
    await marked(['input-not-normalized', 2], ['class-imbalance', 2]);
    const published = client.published.length;
    await write(`${runFile({ normalize: 'none' })}# a remark\n`);
    await marked(['input-not-normalized', 2], ['class-imbalance', 2]);
    assert.equal(client.published.length, published + 1, 'what is known is told at once');
  }));

test('data that is missing or does not fit is reported on its line until fixed, without a keystroke', () =>
  inEditor(async ({ folder, write, marked }) => {
    writeSmallData(folder);
    await write(runFile({ units: 2 }));
    const [misfit] = await marked(['run-file', 6]);
    assert.match(String(misfit?.message), /the data has 3 classes, the network 2 logits/);
    await write(runFile({ source: 'later' }));
    const [missing] = await marked(['run-file', 2]);
    assert.match(String(missing?.message), /the folder .* does not exist/);
    assert.deepEqual([misfit?.severity, missing?.severity], [1, 1]);
    renameSync(join(folder, 'data'), join(folder, 'later'));
    await marked(['class-imbalance', 2]);
  }));

test(
  'a process that ends while it looks is told, and the data looked at again',
  {
    skip: process.platform === 'linux' ? false : 'the process is found in /proc',
  },
  () =>
    inEditor(async ({ folder, client, write, marked }) => {
      const logged: string[] = [];
      client.connection.onNotification(
        'window/logMessage',
        ({ message }: { message: string }) => void logged.push(message),
      );
      writeSmallData(folder);
      await write(runFile());
      await marked(['class-imbalance', 2]);
      process.kill(lookingProcess(), 'SIGKILL');
      await write(runFile({ batch: 601 }));
      await marked(['run-file', 7]);
      assert.deepEqual(logged, ['The process that checks data ended (SIGKILL).']);
    }),
);

/** The child of this process that looks at data. */
function lookingProcess(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
  const found = children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('look-process'));
  assert.equal(found.length, 1);
  return found[0] ?? 0;
}
