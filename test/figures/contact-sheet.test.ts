import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breakLines, type ContactSheet, drawContactSheet, fitText } from '../../server/figures/contact-sheet.ts';

const sheet = (change: Partial<ContactSheet> = {}): ContactSheet => ({
  shape: [2, 2, 1],
  images: Float32Array.of(-1, 0, 0.5, 1, 1, 1, -1, -1),
  labels: ['cat', 'dog & <co>'],
  caption: ['two images'],
  black: -1,
  white: 1,
  withText: false,
  ...change,
});

/** The colour of a place. */
const at = ({ pixels, width }: { pixels: Uint8Array; width: number }, x: number, y: number): number[] => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

/** Where images begin, and the side to which a 2×2 image is enlarged. */
const [MARGIN, SIDE, GAP] = [12, 128, 8];

describe('a contact sheet', () => {
  it('maps the given numbers to black and white, every pixel a square', () => {
    const drawn = drawContactSheet(sheet());
    assert.deepEqual([drawn.width, drawn.height], [2 * MARGIN + 2 * SIDE + GAP, 2 * MARGIN + SIDE]);
    assert.equal(drawn.pixels.length, drawn.width * drawn.height * 3);
    const [left, right] = [MARGIN + 5, MARGIN + SIDE - 5];
    assert.deepEqual(at(drawn, left, left), [0, 0, 0]);
    // (0 + 1) / 2 of 255, and (0.5 + 1) / 2.
    assert.deepEqual(at(drawn, right, left), [128, 128, 128]);
    assert.deepEqual(at(drawn, left, right), [191, 191, 191]);
    assert.deepEqual(at(drawn, right, right), [255, 255, 255]);
    const second = MARGIN + SIDE + GAP + 5;
    assert.deepEqual([at(drawn, second, left), at(drawn, second, right)], [Array(3).fill(255), Array(3).fill(0)]);
    assert.deepEqual(at(drawn, 2, 2), [255, 255, 255], 'the page');
    assert.doesNotMatch(drawn.overlay, /<text/);
  });

  it('shows three channels as colours, the mean of two, and what is no number', () => {
    const image = { labels: ['a'], shape: [1, 1, 3] as const, black: 0, white: 1 };
    const color = drawContactSheet(sheet({ ...image, images: Float32Array.of(1, 0, 0.2) }));
    assert.deepEqual(at(color, 20, 20), [255, 0, 51]);
    const two = drawContactSheet(sheet({ ...image, shape: [1, 1, 2], images: Float32Array.of(1, 0) }));
    assert.deepEqual(at(two, 20, 20), [128, 128, 128]);
    const lost = drawContactSheet(sheet({ ...image, images: Float32Array.of(1, Number.NaN, 0) }));
    assert.deepEqual(at(lost, 20, 20), [255, 0, 255]);
    const flat = drawContactSheet(sheet({ ...image, black: 3, white: 3, images: Float32Array.of(3, 3, 3) }));
    assert.deepEqual(at(flat, 20, 20), [128, 128, 128], 'all numbers are the same');
  });

  it('averages large images, ragged edges too', () => {
    const [height, width] = [3, 601];
    const images = Float32Array.from({ length: height * width }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const drawn = drawContactSheet(sheet({ shape: [height, width, 1], images, labels: ['x'], black: 0, white: 1 }));
    // 601 pixels by threes make 201, the last of a single column. A chessboard: 5, 4, 5, … of nine are white; at the end 2 of three.
    assert.equal(drawn.width, 2 * MARGIN + 201);
    const row = [0, 1, 200].map((x) => at(drawn, MARGIN + x, MARGIN)[0]);
    assert.deepEqual(row, [142, 113, 170]);
  });

  it('writes labels and caption, escaped and within their width', () => {
    const { overlay, width } = drawContactSheet(sheet({ withText: true }));
    assert.match(overlay, />two images</);
    assert.match(overlay, />dog &amp; &lt;co&gt;</);
    assert.ok(width >= 720, 'room for a caption');
    assert.equal(fitText('cat', 100), 'cat');
    const cut = fitText('a class with quite a long name, number 17', 120);
    assert.match(cut, /^a class.*….*17$/);
    assert.ok(cut.length < 20);
    assert.equal(fitText('Größenübermaß', 2), '…');
    assert.deepEqual(breakLines(['one two three', 'four'], 60), ['one two', 'three', 'four']);
  });
});
