/** What users of the npm package get: no install scripts, what `dist/` needs and nothing of the source tree. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lockPart } from '../scripts/lock-part.ts';
import { fetchedFolder, findOnnxruntime, ONNXRUNTIME_VERSION } from '../server/runtime/onnxruntime.ts';

const root = join(import.meta.dirname, '..');
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as Record<string, unknown>;

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly engines?: { readonly node?: string };
}

const manifest = read('package.json') as {
  dependencies: Record<string, string>;
  files: string[];
  scripts: Record<string, string>;
  engines: { node: string };
};
const lock = (read('package-lock.json') as { packages: Record<string, Entry> }).packages;
const production = Object.entries(lock).filter(([place, { dev }]) => place !== '' && dev !== true);

describe('the npm package', () => {
  it('brings no package with an install script', () => {
    assert.ok(production.length > 5);
    const scripted = production.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place);
    assert.deepEqual(scripted, []);
    // Nor has it one itself: prepack runs where it is packed.
    for (const name of ['preinstall', 'install', 'postinstall']) assert.equal(manifest.scripts[name], undefined);
  });

  it('depends on what can’t be bundled alone', () => {
    assert.deepEqual(Object.keys(manifest.dependencies), ['node-api-headers', 'sharp']);
  });

  it('installs without a warning on every Node that npm may have', () => {
    // The oldest that package.json admits; npm prints EBADENGINE for what asks for more.
    const oldest = Number(/^>=(\d+)/.exec(manifest.engines.node)?.[1]);
    const asking = production.filter(([, { engines }]) => {
      const majors = [...(engines?.node ?? '').matchAll(/(?:>=|\^)\s*(\d+)/g)].map(([, major]) => Number(major));
      return majors.length > 0 && majors.every((major) => major > oldest);
    });
    assert.deepEqual(asking, []);
  });

  it('fetches the onnxruntime of the lock file, and all that it needs, by its hashes', () => {
    const { manifest: order, lock: part } = lockPart('onnxruntime-node') as unknown as {
      manifest: { dependencies: Record<string, string> };
      lock: { packages: Record<string, Entry> };
    };
    assert.deepEqual(order.dependencies, { 'onnxruntime-node': ONNXRUNTIME_VERSION });
    assert.ok('node_modules/onnxruntime-common' in part.packages);
    for (const [place, { integrity }] of Object.entries(part.packages))
      if (place !== '') assert.match(integrity ?? '', /^sha512-/, place);
  });
});

it('finds the onnxruntime of a clone among its packages, and places a fetched one by its version', () => {
  assert.equal(findOnnxruntime('/nowhere'), join(root, 'node_modules', 'onnxruntime-node'));
  assert.equal(fetchedFolder('/user'), join('/user', `onnxruntime-${ONNXRUNTIME_VERSION}`));
});
