/**
 * The one file that knows sharp, which decodes images. It is loaded when the first image is: whatever needs none works where sharp can't
 * be loaded.
 */
import type { default as Sharp } from 'sharp';
import { RunFailure } from '../run-file/run-failure.ts';

let loading: Promise<typeof Sharp> | undefined;

/** sharp, loaded once. Throws a RunFailure that says what to do where it can't be. */
export function loadDecoder(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Work is shared out by images: threads inside one would only take the cores from the training step.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  }, refuse);
  return loading;
}

function refuse(error: Error): never {
  const platform = `${process.platform}-${process.arch}`;
  // sharp's own message has pages of advice; the first line says what happened.
  const why = error.message.trim().split('\n')[0]?.replace(/[.:]$/, '');
  const advice =
    process.versions['electron'] === undefined
      ? 'Install it where Rectiscope is installed, optional packages included: `npm install --include=optional sharp`.'
      : 'Install the extension that is made for this platform.';
  throw new RunFailure(
    `Image files can't be read: the package sharp, which decodes them, can't be loaded on ${platform} (${why}). ${advice} The bundled images and IDX files need no sharp.`,
    ['data', 'source'],
  );
}
