/**
 * The process that tests a runtime: it loads the addon, compares the library's version and lets TensorFlow multiply two
 * matrices. It is a separate process because a library that does not fit this machine kills the process that loads it.
 * Usage: `node verify-child.ts <RuntimePaths as JSON>`; exits with 0 if all is well, else prints the reason on standard error.
 */
import { loadAddonAt, type TensorFlowAddon } from './load.ts';
import type { RuntimePaths } from './status.ts';

/** [2, 3] · [3, 2]; small whole numbers, so that every library and device must give exactly these. */
const LEFT = { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] };
const RIGHT = { shape: [3, 2], values: [7, 8, 9, 10, 11, 12] };
const PRODUCT = [58, 64, 139, 154];

function multiply(addon: TensorFlowAddon): number[] {
  const [left, right] = [LEFT, RIGHT].map(({ shape, values }) =>
    addon.createTensor(shape, addon.TF_FLOAT, Float32Array.from(values)),
  );
  if (left === undefined || right === undefined) throw new Error('no tensors');
  const attributes = [
    { name: 'transpose_a', type: addon.TF_ATTR_BOOL, value: false },
    { name: 'transpose_b', type: addon.TF_ATTR_BOOL, value: false },
    { name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT },
  ];
  const [product] = addon.executeOp('MatMul', attributes, [left, right], 1);
  if (product === undefined) throw new Error('MatMul returned nothing');
  const content = addon.tensorDataSync(product.id);
  for (const id of [left, right, product.id]) addon.deleteTensor(id);
  if (!(content instanceof Float32Array)) throw new Error('MatMul did not return single precision');
  return [...content];
}

/** @throws Error with the first difference found */
function tryOut(paths: RuntimePaths): void {
  const addon = loadAddonAt(paths);
  // Nightly builds number their library without the date.
  if (!paths.version.startsWith(addon.TF_Version.replace(/-.*/, ''))) {
    throw new Error(`the library is TensorFlow ${addon.TF_Version}, not ${paths.version}`);
  }
  const product = multiply(addon);
  if (product.length !== PRODUCT.length || product.some((value, i) => value !== PRODUCT[i])) {
    throw new Error(`TensorFlow computes wrong results: a product of matrices is ${product}, not ${PRODUCT}`);
  }
  if (addon.getNumOfTensors() !== 0) throw new Error('deleted tensors still exist');
}

try {
  tryOut(JSON.parse(process.argv[2] ?? '') as RuntimePaths);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
