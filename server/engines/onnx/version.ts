import { createRequire } from 'node:module';

/** Version of onnxruntime: read from its package, for processes that do not load the library itself. */
export const libraryVersion: string = (
  createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }
).version;
