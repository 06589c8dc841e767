/** What others named reaches a terminal as text: escape sequences, line breaks, marks of writing direction. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { print, printJson, say, styled, table } from '../../server/cli/output.ts';
import { Progress } from '../../server/cli/progress.ts';
import { stopServer } from '../../server/client/connect.ts';
import { printable, printableJson, printableLine } from '../../server/protocol/printable.ts';
import { noise, writePicture } from '../support/image-folders.ts';
import { later, temporaryFolder } from '../support/training-server.ts';

/** Sets the title, rings, clears the screen, breaks the line, turns the text around, is a formula. */
const HOSTILE = '=\u001b]0;owned\u0007\u001b[2J\nfalse: \u202eok\u009b1m';
const SEEN = '=\\u001b]0;owned\\u0007\\u001b[2J\\nfalse: \\u202eok\\u009b1m';

/** What a terminal obeys, or shows out of order; line ends and tabs aside. */
const OBEYED = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/u;

/** What functions write on both streams. */
function written(work: () => void): string {
  const { stdout, stderr } = process;
  const originals = [stdout.write, stderr.write] as const;
  let all = '';
  const take = (text: string | Uint8Array) => {
    all += String(text);
    return true;
  };
  stdout.write = take;
  stderr.write = take;
  try {
    work();
  } finally {
    [stdout.write, stderr.write] = originals;
  }
  return all;
}

describe('text of others', () => {
  it('is written out, and other text is left as it is', () => {
    assert.equal(printableLine(HOSTILE), SEEN);
    assert.equal(printable('a\n\tb\r'), 'a\n\tb\\u000d');
    assert.equal(printable('Größe 大 🦊 né\u0301 ±½'), 'Größe 大 🦊 né\u0301 ±½');
    assert.deepEqual(JSON.parse(printableJson({ [HOSTILE]: HOSTILE })), { [HOSTILE]: HOSTILE });
    assert.doesNotMatch(printableJson([HOSTILE, '\u007f']), OBEYED);
  });

  it('reaches the terminal as text by every way of printing', () => {
    const all = written(() => {
      print(HOSTILE);
      say(HOSTILE);
      printJson({ name: HOSTILE });
      print(styled('bold', HOSTILE));
      const progress = new Progress(HOSTILE, false);
      progress.take({ event: 'notice', run: 'r-1', step: 1, message: HOSTILE });
    });
    assert.doesNotMatch(all, OBEYED);
    const inTerminal = written(() => {
      const progress = new Progress(HOSTILE, true);
      progress.take({ event: 'step', run: 'r', step: 1, epoch: 0, loss: 1, top1: 1, learning_rate: 1, step_ms: 1 });
    });
    assert.doesNotMatch(inTerminal.replace('\r\u001b[K', ''), OBEYED);
  });

  it('leaves our own styles, which nobody can forge', () => {
    const color = process.env['FORCE_COLOR'];
    process.env['FORCE_COLOR'] = '1';
    const { isTTY } = process.stdout;
    process.stdout.isTTY = true;
    try {
      const all = written(() => print(`${styled('red', 'a\u001b[8mb')} c`));
      assert.equal(all, '\u001b[31ma\\u001b[8mb\u001b[39m c\n');
    } finally {
      process.stdout.isTTY = isTTY;
      if (color === undefined) delete process.env['FORCE_COLOR'];
      else process.env['FORCE_COLOR'] = color;
    }
  });

  it('keeps a table’s rows and columns', () => {
    const lines = table([
      ['class', 'n'],
      [HOSTILE, '10'],
      ['a', '2'],
    ]).split('\n');
    assert.equal(lines.length, 3);
    assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  });
});

const program = fileURLToPath(new URL('../../bin/rectiscope.mjs', import.meta.url));

describe('a run whose file and classes have hostile names', { skip: process.platform === 'win32' }, () => {
  it('is checked, trained, shown, tested and exported; the terminal obeys none of it', async (t) => {
    const folder = temporaryFolder(t);
    const home = join(folder, 'store');
    later(t, () => stopServer(home));
    let seed = 1;
    for (const split of ['train', 'val'])
      for (const name of [HOSTILE, 'tame'])
        for (let i = 0; i < 4; i++)
          await writePicture(join(folder, split, name, `${i}.png`), noise(seed++, { height: 6, width: 6 }));
    const file = join(folder, `${HOSTILE.replace('/', '')}.rectiscope.yaml`);
    writeFileSync(
      file,
      `version: 1
data: {source: ., augment: {resize: 6, crop: 6}}
network: {input: [6, 6, 3], layers: [dense: {units: 2}]}
train: {batch_size: 2, steps: 4, learning_rate: 0.01}
`,
    );
    const run = (...words: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, RECTISCOPE_HOME: home, NO_COLOR: '1' },
      });
      assert.doesNotMatch(`${stdout}${stderr}`, OBEYED, words.join(' '));
      assert.doesNotMatch(stderr, /\n\s+at /);
      return { status, printed: stdout, said: stderr };
    };
    assert.equal(run('check', file).status, 0);
    const trained = run('train', file, '--backend', 'onnx');
    assert.equal(trained.status, 0, trained.said);
    const id = JSON.parse(run('runs', '--json').printed).run as string;
    assert.equal(run('runs').printed.trim().split('\n').length, 2);
    const shown = run('show', id).printed;
    // One row a class, below a head.
    assert.match(shown, /\nclass +images.*\n.*\\nfalse.*\n|\nclass +images.*\ntame.*\n.*\\nfalse.*\n/);
    assert.equal(run('evaluate', id, '--backend', 'onnx').status, 0);
    run('show', HOSTILE);
    run('nonsense\u001b]0;owned\u0007');
    run('check', `${HOSTILE}.none`);
    mkdirSync(join(folder, 'out'));
    const csv = join(folder, 'out', 'a.csv');
    assert.equal(run('export', id, '--csv', csv).status, 0);
    assert.ok(existsSync(csv));
    assert.doesNotMatch(readFileSync(csv, 'utf8'), /(^|,|")=/m, 'no cell is a formula');
  });
});
