/** `rectiscope train` refuses what can't be trained before anything is queued. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { spawnCommand } from '../../server/system/processes.ts';
import { withFolder } from '../support/idx.ts';
import { smallRunFile, writeSmallData } from '../support/small-data.ts';

async function train(folder: string, ...files: string[]) {
  const child = spawnCommand(['train', ...files, '--json'], { home: join(folder, 'store') });
  const [code, said, printed] = await Promise.all([
    new Promise((resolve) => child.once('exit', resolve)),
    text(child.stderr),
    text(child.stdout),
  ]);
  return { code, said, printed };
}

describe('train', () => {
  for (const [what, change, line, message] of [
    ['an absent folder', { source: 'nowhere' }, 2, /the folder .*nowhere does not exist/],
    ['more classes than logits', { units: 2 }, 6, /the data has 3 classes, the network 2 logits/],
    ['a batch larger than the data', { batch: 601 }, 7, /601, but there are 600 training examples/],
  ] as const)
    it(`refuses ${what} with its line, exit code 2 and no run`, () =>
      withFolder(async (folder) => {
        writeSmallData(folder);
        const [good, bad] = [join(folder, 'good.rectiscope.yaml'), join(folder, 'bad.rectiscope.yaml')];
        writeFileSync(good, smallRunFile());
        writeFileSync(bad, smallRunFile(change));
        // Also where it is the last of several.
        for (const files of [[bad], [good, bad]]) {
          const { code, said, printed } = await train(folder, ...files);
          assert.deepEqual([code, printed], [2, '']);
          assert.ok(said.startsWith(`${bad}:${line}:`), said);
          assert.match(said, message);
          assert.ok(!existsSync(join(folder, 'store')), 'nothing was queued');
        }
      }));
});
