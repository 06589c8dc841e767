/** A folder of images as a source: what is found in it, what is refused, what is left out. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Dataset } from '../../server/data/dataset.ts';
import { openDataset } from '../../server/data/open.ts';
import { openSource, type Source } from '../../server/data/source.ts';
import type { DataConfig } from '../../server/domain/config.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { imagesOf, plain, range } from '../support/data.ts';
import { withFolder } from '../support/idx.ts';
import { noise, writeFolder, writePicture, writeText } from '../support/image-folders.ts';

const SIDE = 12;
const augment: DataConfig['augment'] = { resize: [16, 16], crop: SIDE, flip: false };

interface FolderOptions {
  readonly config?: Partial<DataConfig>;
  readonly batchSize?: number;
  readonly classes?: number;
  readonly input?: readonly [number, number, number];
  readonly saved?: Dataset['saved'];
}

async function withData<T>(
  folder: string,
  use: (dataset: Dataset) => T | Promise<T>,
  { config, batchSize = 1, classes = 2, input = [SIDE, SIDE, 3], saved }: FolderOptions = {},
): Promise<T> {
  const dataset = await openDataset(
    { ...plain, augment, ...config, source: folder },
    { seed: 1, input, classes, batchSize, workers: 2, saved },
  );
  try {
    return await use(dataset);
  } finally {
    await dataset.close();
  }
}

const failure = async (folder: string, options?: FolderOptions): Promise<readonly [string, string | undefined]> => {
  try {
    await withData(folder, () => {}, options);
  } catch (error) {
    assert.ok(error instanceof RunFailure, String((error as Error).stack));
    return [error.message, error.source?.join('.')];
  }
  throw new Error('it was taken');
};

const namesOf = (dataset: Dataset, split: 'train' | 'val') =>
  range(split === 'train' ? dataset.trainCount : dataset.valCount).map((i) => dataset.exampleName(split, i));

describe('a folder of images', () => {
  it('has its classes and files in order of their names', () =>
    withFolder(async (folder) => {
      const pictures = await writeFolder(folder);
      await withData(folder, async (dataset) => {
        assert.deepEqual(dataset.classes, ['cat', 'dog']);
        assert.deepEqual([dataset.trainCount, dataset.valCount], [10, 4]);
        assert.deepEqual(dataset.classCounts, [5, 5]);
        assert.deepEqual([...namesOf(dataset, 'train'), ...namesOf(dataset, 'val')], [...pictures.keys()]);
        const labels = new Int32Array(10);
        await dataset.testBatch('train', 0, { images: new Float32Array(10 * SIDE * SIDE * 3), labels });
        assert.deepEqual([...labels], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert.equal((await dataset.testImage('val', 3)).label, 1);
        assert.match(
          dataset.notices.join(),
          /All 14 images are kept decoded, in 1 MB of memory \(data\.cache_mb: 16\)/,
        );
      });
    }));

  it('has no need of val/: part of train is taken', () =>
    withFolder(async (folder) => {
      await writeFolder(folder, { train: 8 });
      rmSync(join(folder, 'val'), { recursive: true });
      await withData(folder, (dataset) => {
        assert.deepEqual([dataset.trainCount, dataset.valCount], [12, 4]);
        assert.equal(new Set([...namesOf(dataset, 'train'), ...namesOf(dataset, 'val')]).size, 16);
      });
    }));

  it('passes over what is hidden, and names what is no image', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      for (const name of ['train/.hidden/a.png', 'train/cat/.DS_Store', 'train/cat/Thumbs.db', 'val/.x.png'])
        writeText(join(folder, name), 'x');
      for (const name of ['train/read.me', 'train/cat/notes.txt', 'val/dog/deeper/a.png'])
        writeText(join(folder, name), 'x');
      await withData(folder, (dataset) => {
        assert.equal(dataset.trainCount + dataset.valCount, 14);
        assert.ok(
          dataset.notices.includes(
            'Left out of data.source, as they are not images (3): train/cat/notes.txt, train/read.me, val/dog/deeper.',
          ),
          dataset.notices.join(),
        );
      });
    }));

  it('may hold links to images and to classes', () =>
    withFolder(async (folder) => {
      const pictures = await writeFolder(join(folder, 'data'));
      renameSync(join(folder, 'data/train/cat'), join(folder, 'cats'));
      symlinkSync(join(folder, 'cats'), join(folder, 'data/train/cat'));
      renameSync(join(folder, 'data/val/dog/0.png'), join(folder, 'one.png'));
      symlinkSync(join(folder, 'one.png'), join(folder, 'data/val/dog/0.png'));
      await withData(join(folder, 'data'), (dataset) =>
        assert.deepEqual([...namesOf(dataset, 'train'), ...namesOf(dataset, 'val')], [...pictures.keys()]),
      );
    }));

  it('has its broken links skipped, or refused, all in one go', { skip: process.platform === 'win32' }, () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      symlinkSync(join(folder, 'nothing.png'), join(folder, 'train/dog/8.png'));
      symlinkSync('9.png', join(folder, 'train/dog/9.png'));
      symlinkSync(join(folder, 'nothing.png'), join(folder, 'val/cat/9.webp'));
      symlinkSync(join(folder, 'nowhere'), join(folder, 'train/emu'));
      assert.match(
        (await failure(folder))[0],
        /3 of 17 image files can't be used: train\/dog\/8\.png: its link is broken; train\/dog\/9\.png: its links form a loop; val\/cat\/9\.webp: its link is broken\. Fix or remove/,
      );
      await withData(
        folder,
        (dataset) => {
          assert.equal(dataset.trainCount + dataset.valCount, 14);
          assert.match(dataset.notices.join(), /3 of 17 image files can't be used and are left out/);
          assert.deepEqual(dataset.classes, ['cat', 'dog'], 'a broken link is no class');
        },
        { config: { badFiles: 'skip' } },
      );
    }),
  );

  it('takes two spellings of a name in Unicode for one class', () =>
    withFolder(async (folder) => {
      const [composed, decomposed] = ['größe', 'größe'].map((name, i) => name.normalize(i === 0 ? 'NFC' : 'NFD'));
      let seed = 1;
      for (const [split, name] of [
        ['train', 'groß'],
        ['train', composed],
        ['train', 'grz'],
        ['val', 'grz'],
        ['val', decomposed],
        ['val', 'groß'],
      ] as const)
        for (let i = 0; i < 3; i++)
          await writePicture(join(folder, split, name ?? '', `${i}.png`), noise(seed++, { height: 20, width: 20 }));
      await withData(
        folder,
        (dataset) => {
          assert.equal(dataset.classes.length, 3);
          const label = (set: 'train' | 'val', name: string) =>
            namesOf(dataset, set).findIndex((path) => path.includes(`/${name}/`));
          assert.ok(label('train', composed ?? '') >= 0 && label('val', decomposed ?? '') >= 0);
        },
        { classes: 3 },
      );
      const source = await openSource(folder);
      const labelOf = (split: Source['val'], name: string) => {
        const paths = split?.images.kind === 'files' ? split.images.paths : [];
        return split?.labels[paths.findIndex((path) => path.includes(`/${name}/`))];
      };
      assert.equal(labelOf(source.val, decomposed ?? ''), labelOf(source.train, composed ?? ''));
      assert.equal(labelOf(source.val, 'grz'), labelOf(source.train, 'grz'));
    }));

  it('says what lies there in place of images, and what to do', () =>
    withFolder(async (folder) => {
      const fill = (...names: string[]) => {
        rmSync(join(folder, 'data'), { recursive: true, force: true });
        mkdirSync(join(folder, 'data'));
        for (const name of names) writeText(join(folder, 'data', name), 'x');
      };
      const said = async (message: RegExp) => {
        assert.match((await failure(join(folder, 'data')))[0], message);
      };
      fill('train/cat/0.gif', 'train/cat/1.GIF', 'train/cat/2.bmp', 'train/dog/0.heic');
      await said(
        /cat holds 2 gif files and 1 bmp file, which are not read: convert them to png, jpeg or webp; .*dog holds 1 heic file/,
      );
      fill('train/animals/cat/0.png', 'train/animals/dog/0.png');
      await said(/animals holds no image but 2 folders \(cat, dog\): each class is a folder directly in train\//);
      fill('train/0.png', 'train/1.jpg');
      await said(/train holds 2 images and no folder of a class: .*Move the images of a class into train\/CLASS\//);
      fill('0.png', '1.png', '2.png');
      await said(/there are 3 images directly in it: move those of each class into train\/CLASS\//);
      fill('0.tiff');
      await said(/it holds 1 tiff file: convert them to png, jpeg or webp, and move/);
      fill('cat/0.png', 'dog/0.png');
      await said(/there are 2 folders of images \(cat, dog\): move them into a folder `train`/);
      for (const name of ['training', 'Train', 'train_set', 'trainset']) {
        fill(`${name}/cat/0.png`);
        await said(new RegExp(`there is \`${name}\`: rename it to \`train\``));
      }
      fill('notes.txt');
      await said(/nor the IDX files `train-images-idx…` and `train-labels-idx…`\.$/);
    }));

  it('says all that is wrong with it at once', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      for (const name of ['train/eel', 'val/eel', 'train/fox']) mkdirSync(join(folder, name));
      await writePicture(join(folder, 'train/ant/0.png'), noise(1, { height: 20, width: 20 }));
      const [message] = await failure(folder, { classes: 9 });
      for (const part of ['train/eel holds no image', 'val/eel holds no image', 'train/fox holds no image'])
        assert.ok(message.includes(part), message);
      assert.match(message, /the same classes, but `ant` is only in train\/, `fox` is only in train\//);
    }));

  it('reports which classes are missing, empty, or differ', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      mkdirSync(join(folder, 'train/eel'));
      assert.match(
        (await failure(folder))[0],
        /train\/eel holds no image \(png, jpeg, webp\): it is empty\. Fill the class, or remove its folder/,
      );
      await writePicture(join(folder, 'train/eel/0.png'), noise(1, { height: 20, width: 20 }));
      mkdirSync(join(folder, 'val/ant'));
      await writePicture(join(folder, 'val/ant/0.png'), noise(1, { height: 20, width: 20 }));
      const [message, place] = await failure(folder, { classes: 9 });
      assert.match(message, /the same classes, but `eel` is only in train\/, `ant` is only in val\//);
      assert.equal(place, 'data.source');
      rmSync(join(folder, 'train'), { recursive: true });
      mkdirSync(join(folder, 'train'));
      assert.match((await failure(folder))[0], /train holds no folder of images/);
    }));

  it('says that a folder may not be read', { skip: process.getuid?.() === 0 && 'root may read all' }, () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      chmodSync(join(folder, 'train/cat'), 0);
      assert.match((await failure(folder))[0], /train\/cat can't be read/);
      chmodSync(join(folder, 'train/cat'), 0o700);
    }),
  );

  it('says what to write if images have another size than the network', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      const none = { config: { augment: { flip: false } } };
      const [message, place] = await failure(folder, none);
      assert.match(
        message,
        /14 of 14 images do not fit the network \(train\/cat\/0\.png: it is 20×24, but the network’s input is 12×12; train/,
      );
      assert.match(message, /Write `augment: \{resize: 12, crop: 12\}` under `data`/);
      assert.equal(place, 'data.augment');
      await writePicture(join(folder, 'train/cat/9.png'), noise(1, { height: 11, width: 40 }));
      const [small] = await failure(folder, { config: { augment: { crop: SIDE, flip: false } } });
      assert.match(
        small,
        /1 of 15 images do not fit the network \(train\/cat\/9\.png: it is 11×40, smaller than the crop of 12×12\)/,
      );
      assert.match((await failure(folder, { input: [SIDE, SIDE, 2] }))[0], /1 channel \(grey\) or 3 \(colour\), not 2/);
      assert.match((await failure(folder, { classes: 1 }))[0], /2 classes, the network 1 logits/);
      assert.match((await failure(folder, { batchSize: 12 }))[0], /batch_size is 12, but there are 11 training/);
    }));

  it('gives its images unchanged if they have the size of the network', () =>
    withFolder(async (folder) => {
      const picture = noise(3, { height: SIDE, width: SIDE });
      for (const name of ['train/a/1.png', 'val/a/1.webp']) await writePicture(join(folder, name), picture);
      await withData(
        folder,
        async (dataset) => {
          const expected = [...picture.values].map((value) => Math.fround(value / 255));
          assert.deepEqual(await imagesOf(dataset, 'train'), [expected]);
          assert.deepEqual(await imagesOf(dataset, 'val'), [expected]);
          assert.deepEqual([...(await dataset.testImage('val', 0)).pixels], expected);
        },
        { config: { augment: { flip: false } } },
      );
    }));
});

describe('a bad file', () => {
  const spoil = (folder: string) => {
    writeText(join(folder, 'train/cat/1.webp'), 'no image');
    writeText(join(folder, 'train/dog/8.jpg'), '');
    writeText(join(folder, 'val/dog/0.png'), 'no image');
  };

  it('is named with all others before the first step, and refused', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      spoil(folder);
      const [message, place] = await failure(folder);
      assert.match(
        message,
        /^3 of 15 image files can't be used: train\/cat\/1\.webp: it is not a png, jpeg or webp; train\/dog\/8\.jpg: it is empty; val\/dog\/0\.png: it is not a png/,
      );
      assert.match(message, /`bad_files: skip` under `data`/);
      assert.equal(place, 'data.source');
    }));

  it('may be left out: the run is then that of a folder without it, to the bit', () =>
    withFolder(async (folder) => {
      for (const name of ['bad', 'good']) await writeFolder(join(folder, name));
      spoil(join(folder, 'bad'));
      rmSync(join(folder, 'good/train/cat/1.webp'));
      rmSync(join(folder, 'good/val/dog/0.png'));
      const config: Partial<DataConfig> = { badFiles: 'skip', normalize: 'per_pixel_mean' };
      const outcome = async (dataset: Dataset) => ({
        names: [...namesOf(dataset, 'train'), ...namesOf(dataset, 'val')],
        images: [...(await imagesOf(dataset, 'train')), ...(await imagesOf(dataset, 'val'))],
        hash: dataset.hash,
        statistics: dataset.statistics,
      });
      const expected = await withData(join(folder, 'good'), outcome, { config });
      assert.equal(expected.names.length, 12);
      await withData(
        join(folder, 'bad'),
        async (dataset) => {
          assert.match(
            dataset.notices[0] ?? '',
            /^3 of 15 image files can't be used and are left out: train\/cat\/1\.webp: it is not a png/,
          );
          assert.deepEqual(await outcome(dataset), expected);
        },
        { config },
      );
    }));

  it('that is fixed later stays out of a run that continues', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      spoil(folder);
      const config: Partial<DataConfig> = { badFiles: 'skip' };
      const before = await withData(folder, ({ saved, hash, trainCount }) => ({ saved, hash, trainCount }), { config });
      await writePicture(join(folder, 'val/dog/0.png'), noise(1, { height: 20, width: 20 }));
      await withData(
        folder,
        ({ hash, trainCount }) =>
          assert.deepEqual({ hash, trainCount }, { hash: before.hash, trainCount: before.trainCount }),
        { config, saved: before.saved },
      );
    }));

  it('is reported differently if it goes bad while the run trains', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      await withData(
        folder,
        async (dataset) => {
          writeText(join(folder, 'val/cat/1.webp'), 'no image any more');
          await assert.rejects(imagesOf(dataset, 'val'), (error: Error) => {
            assert.ok(error instanceof RunFailure);
            assert.match(
              error.message,
              /val\/cat\/1\.webp can no longer be used: it is not a png.*restore it and resume/,
            );
            return true;
          });
        },
        { config: { cacheBytes: 0 } },
      );
    }));
});

describe('the hash of a folder', () => {
  it('is that of the bytes used, of labels and order: not of times or places', () =>
    withFolder(async (folder) => {
      const copy = async (
        change: (folder: string) => void | Promise<void> = () => {},
        config: Partial<DataConfig> = {},
      ) => {
        const own = join(folder, 'copy');
        rmSync(own, { recursive: true, force: true });
        cpSync(join(folder, 'data'), own, { recursive: true });
        await change(own);
        return withData(own, ({ hash }) => hash, { config });
      };
      await writeFolder(join(folder, 'data'));
      const own = await withData(join(folder, 'data'), ({ hash }) => hash);
      assert.equal(await copy((to) => utimesSync(join(to, 'train/cat/0.png'), 1, 1)), own);
      assert.equal(await copy(undefined, { limit: { train: 3 }, cacheBytes: 0 }), own);
      const others = [
        await copy((to) => writePicture(join(to, 'train/cat/0.png'), noise(99, { height: 20, width: 20 }))),
        await copy((to) => renameSync(join(to, 'train/cat/4.png'), join(to, 'train/dog/4.png'))),
        await copy((to) => renameSync(join(to, 'train/cat/4.png'), join(to, 'train/cat/-4.png'))),
        await copy((to) => rmSync(join(to, 'val/cat/0.png'))),
      ];
      assert.equal(new Set([own, ...others]).size, 5);
    }));

  it('is the same in a run that continues, which decodes no more than it keeps', () =>
    withFolder(async (folder) => {
      await writeFolder(folder);
      for (const cacheBytes of [0, 2 ** 24]) {
        const config: Partial<DataConfig> = { cacheBytes, normalize: 'standardize' };
        const [hash, saved, images] = await withData(
          folder,
          async (dataset) => [dataset.hash, dataset.saved, await imagesOf(dataset, 'train')] as const,
          { config },
        );
        await withData(
          folder,
          async (dataset) => {
            assert.equal(dataset.hash, hash);
            assert.deepEqual(dataset.saved, saved);
            assert.deepEqual(await imagesOf(dataset, 'train'), images);
          },
          { config, saved },
        );
      }
      writeFileSync(join(folder, 'train/cat/0.png'), 'gone');
      const saved = {
        preparation: { normalization: { kind: 'none' } },
        statistics: { mean: 0, deviation: 1, meanSquare: 1, correlation: 0 },
        bad: [],
      } as const;
      await withData(folder, ({ hash }) => assert.match(hash, /^[0-9a-f]{64}$/), { saved, config: { cacheBytes: 0 } });
    }));
});
