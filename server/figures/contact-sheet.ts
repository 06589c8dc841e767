/** A contact sheet: images as the network gets them, beside each other, with their labels and a caption. Pure. */
import type { MapShape } from '../domain/config.ts';
import { PAPER, text } from './svg.ts';

/** What a sheet shows. */
export interface ContactSheet {
  readonly shape: MapShape;
  /** [images, height, width, channels], flat. */
  readonly images: Float32Array;
  /** One an image. */
  readonly labels: readonly string[];
  /** Sentences above the images. */
  readonly caption: readonly string[];
  /** The numbers that become black and white. */
  readonly black: number;
  readonly white: number;
  /** False: no text at all, where nothing can draw it. */
  readonly withText: boolean;
}

/** A picture as bytes, [height, width, 3], and what is drawn over it. */
interface DrawnSheet {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly overlay: string;
}

const MARGIN = 12;
const GAP = 8;
/** Small images are enlarged by a whole factor up to this side, large ones are reduced to at most `LARGEST`; pixels. */
const ENLARGED = 128;
const LARGEST = 256;
/** A label needs room below small and narrow images, too. */
const LEAST_CELL = 96;
const LINE = 16;
const WIDEST = 1600;
const LEAST_WIDTH = 720;

/** Width of a letter of 12 pixels sans-serif, pixels: about that of DejaVu Sans, which is wider than other systems' fonts. */
function letterWidth(letter: string): number {
  if ((letter.codePointAt(0) ?? 0) >= 0x2e80) return 13;
  if (/[MWm@%—…]/.test(letter)) return 12;
  if (/[\p{Lu}w<>+=~#&]/u.test(letter)) return 9.6;
  return /[ iIjlftr.,:;'!|()]/.test(letter) ? 4.9 : 7.7;
}

const widthOf = (words: string): number => [...words].reduce((sum, letter) => sum + letterWidth(letter), 0);

/** A text cut to a width: its beginning and its end with `…` between them, since names of classes often differ there. */
export function fitText(words: string, width: number): string {
  if (widthOf(words) <= width) return words;
  const letters = [...words];
  for (let kept = letters.length - 1; kept > 0; kept--) {
    const tail = Math.floor(kept / 3);
    const cut = `${letters.slice(0, kept - tail).join('')}…${letters.slice(letters.length - tail).join('')}`;
    if (widthOf(cut) <= width) return cut;
  }
  return '…';
}

/** Sentences as lines of a width, broken at blanks. */
export function breakLines(sentences: readonly string[], width: number): string[] {
  return sentences.flatMap((sentence) => {
    const lines: string[] = [];
    let line = '';
    for (const word of sentence.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && widthOf(longer) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    return [...lines, line].map((one) => fitText(one, width));
  });
}

/** Sizes of a tile: every pixel is drawn `up` times, or `down` of them are averaged; on each axis. */
function scaleOf([height, width]: MapShape): { up: number; down: number; height: number; width: number } {
  const side = Math.max(height, width);
  const up = Math.max(1, Math.floor(ENLARGED / side));
  const down = Math.ceil(side / LARGEST);
  const scaled = (length: number) => Math.ceil((length * up) / down);
  return { up, down, height: scaled(height), width: scaled(width) };
}

/** What is no number: magenta, which a mapping from black to white does not have in grey images. */
const NOT_FINITE = [255, 0, 255] as const;

/** Draws one image into the sheet; three channels are red, green and blue, one is grey, of any other number the mean is. */
function drawImage(
  { shape, black, white }: ContactSheet,
  image: Float32Array,
  { pixels, stride, top, left }: { pixels: Uint8Array; stride: number; top: number; left: number },
): void {
  const [height, width, channels] = shape;
  const { up, down, ...tile } = scaleOf(shape);
  const range = white - black;
  const byte = (value: number) => (range > 0 ? Math.round((255 * (value - black)) / range) : 128);
  const sources = channels === 3 ? [[0], [1], [2]] : [Array.from({ length: channels }, (_, c) => c)];
  for (let y = 0; y < tile.height; y++)
    for (let x = 0; x < tile.width; x++) {
      const means = sources.map((source) => {
        let [sum, count] = [0, 0];
        for (let dy = 0; dy < down; dy++)
          for (let dx = 0; dx < down; dx++) {
            const [row, column] = [Math.floor(y / up) * down + dy, Math.floor(x / up) * down + dx];
            if (row >= height || column >= width) continue;
            for (const c of source) sum += image[(row * width + column) * channels + c] ?? 0;
            count += source.length;
          }
        return sum / count;
      });
      const color = means.every(Number.isFinite) ? means.map(byte) : NOT_FINITE;
      for (let c = 0; c < 3; c++) pixels[((top + y) * stride + left + x) * 3 + c] = color[c] ?? color[0] ?? 0;
    }
}

/** Draw a sheet. */
export function drawContactSheet(sheet: ContactSheet): DrawnSheet {
  const { shape, images, labels, caption, withText } = sheet;
  const tile = scaleOf(shape);
  const cell = { width: Math.max(tile.width, LEAST_CELL) + GAP, height: tile.height + (withText ? LINE : 0) + GAP };
  const wanted = Math.ceil(Math.sqrt((labels.length * 1.5 * cell.height) / cell.width));
  const columns = Math.max(1, Math.min(labels.length, wanted, Math.floor((WIDEST - 2 * MARGIN) / cell.width)));
  const rows = Math.ceil(labels.length / columns);
  const width = Math.max(columns * cell.width - GAP + 2 * MARGIN, withText ? LEAST_WIDTH : 0);
  const lines = withText ? breakLines(caption, width - 2 * MARGIN) : [];
  const head = MARGIN + (lines.length > 0 ? lines.length * LINE + GAP : 0);
  const height = head + rows * cell.height - GAP + MARGIN;
  const pixels = new Uint8Array(width * height * 3).fill(255);
  const texts = lines.map((line, i) => text(line, { at: [MARGIN, MARGIN + 11 + i * LINE], anchor: 'start' }));
  const length = shape[0] * shape[1] * shape[2];
  for (const [i, label] of labels.entries()) {
    const top = head + Math.floor(i / columns) * cell.height;
    const left = MARGIN + (i % columns) * cell.width;
    const image = images.subarray(i * length, (i + 1) * length);
    drawImage(sheet, image, { pixels, stride: width, top, left });
    const fitted = fitText(label, cell.width - GAP);
    if (withText) texts.push(text(fitted, { at: [left, top + tile.height + 12], anchor: 'start' }));
  }
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="${PAPER.text}">${texts.join('')}</svg>`;
  return { width, height, pixels, overlay };
}
