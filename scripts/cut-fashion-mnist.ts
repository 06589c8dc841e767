/**
 * Makes the bundled subset of Fashion-MNIST: the first 1,280 training and the first 200 test images of each
 * class, in file order. From the whole set, as Debian's package `dataset-fashion-mnist` installs it (MIT, Zalando SE).
 *
 * usage: node scripts/cut-fashion-mnist.ts [/usr/share/datasets/fashion-mnist]
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const [from = '/usr/share/datasets/fashion-mnist'] = process.argv.slice(2);
const to = new URL('../data/fashion-mnist/', import.meta.url);
const IMAGE = 28 * 28;

/** SHA-256 of the unpacked files as Zalando published them: a different set of the same name is rejected. */
const published: Record<string, string> = {
  'train-images-idx3-ubyte.gz': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'train-labels-idx1-ubyte.gz': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  't10k-images-idx3-ubyte.gz': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  't10k-labels-idx1-ubyte.gz': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
};

function unpack(name: string): Buffer {
  const bytes = gunzipSync(readFileSync(join(from, name)));
  if (createHash('sha256').update(bytes).digest('hex') !== published[name])
    throw new Error(`${join(from, name)} is not the published file`);
  return bytes;
}

function header(kind: 1 | 3, count: number): Buffer {
  const numbers = kind === 3 ? [count, 28, 28] : [count];
  const bytes = Buffer.alloc(4 + 4 * numbers.length);
  bytes.set([0, 0, 8, kind]);
  numbers.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 + 4 * i);
  });
  return bytes;
}

for (const [split, perClass] of [
  ['train', 1280],
  ['t10k', 200],
] as const) {
  const images = unpack(`${split}-images-idx3-ubyte.gz`).subarray(16);
  const labels = unpack(`${split}-labels-idx1-ubyte.gz`).subarray(8);
  const seen = new Array<number>(10).fill(0);
  const chosen = [...labels.keys()].filter((i) => {
    const label = labels[i] ?? 0;
    seen[label] = (seen[label] ?? 0) + 1;
    return (seen[label] ?? 0) <= perClass;
  });
  const cut = {
    [`${split}-images-idx3-ubyte.gz`]: [
      header(3, chosen.length),
      ...chosen.map((i) => images.subarray(i * IMAGE, (i + 1) * IMAGE)),
    ],
    [`${split}-labels-idx1-ubyte.gz`]: [header(1, chosen.length), Buffer.from(chosen.map((i) => labels[i] ?? 0))],
  };
  for (const [name, parts] of Object.entries(cut))
    writeFileSync(new URL(name, to), gzipSync(Buffer.concat(parts), { level: 9 }));
}
