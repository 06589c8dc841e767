/**
 * Convolutions on blocks of channels, where onnxruntime has its fastest kernels. Its optimiser converts a model only
 * if filters are constants; ours change with every step, so the nodes are written as the optimiser would write them.
 */
import type { Operation, Value } from '../../domain/program/operation.ts';
import type { Context } from './layouts.ts';
import type { ModelWriter } from './model-writer.ts';

interface Kernel {
  readonly kernel_shape: readonly number[];
  readonly pads: readonly number[];
  readonly strides: readonly number[];
}

const channelsOf = (weights: Value): readonly [inputs: number, outputs: number] => [
  weights.shape[2] ?? 1,
  weights.shape[3] ?? 1,
];

/** A map with fewer channels than a block is read in planes. */
const isNarrow = ({ layouts }: Context, channels: number): boolean => channels < (layouts.block ?? 0);

/** Whether a convolution with these weights can be computed on blocks. */
export function fitsBlocks(context: Context, weights: Value): boolean {
  const [inputs, outputs] = channelsOf(weights);
  return context.layouts.fits(outputs) && (isNarrow(context, inputs) || context.layouts.fits(inputs));
}

/** Convolution with an optional bias and rectifier; returns blocks. */
export function convolveBlocks(
  context: Context,
  operation: Operation,
  { bias, rectified, ...kernel }: Kernel & { readonly bias: Value | undefined; readonly rectified: boolean },
): string {
  const { writer, layouts } = context;
  const [x, weights] = operation.inputs as [Value, Value];
  const [inputs] = channelsOf(weights);
  const map = isNarrow(context, inputs) ? layouts.get(x, 'planes') : layouts.blocksAsPlanes(x);
  const tensors = [map, blockFilter(context, weights), ...(bias ? [layouts.get(bias)] : [])];
  const y = writer.blocked('Conv', tensors, { ...kernel, ...(rectified && { activation: 'Relu' }) });
  return layouts.ownShape(y, operation.outputs[0] as Value);
}

/** ∂E/∂x by the turned filter, with stride 1 and all channels in blocks; returns blocks. */
export function blockInputGradient(context: Context, operation: Operation, kernel: Kernel): string {
  const { writer, layouts } = context;
  const [weights, dy] = operation.inputs as [Value, Value];
  const filter = blockFilter(context, weights, { turned: true });
  const dx = writer.blocked('Conv', [layouts.blocksAsPlanes(dy), filter], { ...kernel });
  return layouts.ownShape(dx, operation.outputs[0] as Value);
}

/**
 * A filter, [kernel, kernel, in, out], as convolutions on blocks read it, with the shape [out, in, kernel, kernel]: [out / block,
 * in / block, kernel, kernel, block of in, block of out], or [out / block, in, kernel, kernel, block of out] where the map is
 * narrow. Turned: by 180° and with in and out swapped.
 */
function blockFilter({ writer, layouts }: Context, weights: Value, { turned = false } = {}): string {
  const { block = 1 } = layouts;
  const [rows = 1, columns = 1] = weights.shape;
  const [inputs, outputs] = channelsOf(weights);
  const plain = layouts.get(weights);
  if (isNarrow({ writer, layouts }, inputs)) {
    const split = writer.node('Reshape', [plain, writer.ints([rows, columns, inputs, outputs / block, block])]);
    const ordered = writer.node('Transpose', [split], { perm: [3, 2, 0, 1, 4] });
    return writer.node('Reshape', [ordered, writer.ints([outputs, inputs, rows, columns])]);
  }
  const sides = [rows, columns, inputs / block, block, outputs / block, block];
  const split = writer.node('Reshape', [turned ? turn(writer, { plain, rows, columns }) : plain, writer.ints(sides)]);
  const ordered = writer.node('Transpose', [split], { perm: turned ? [2, 4, 0, 1, 5, 3] : [4, 2, 0, 1, 3, 5] });
  const shape = turned ? [inputs, outputs, rows, columns] : [outputs, inputs, rows, columns];
  return writer.node('Reshape', [ordered, writer.ints(shape)]);
}

/** A filter turned by 180°. */
export const turn = (
  writer: ModelWriter,
  { plain, rows, columns }: { readonly plain: string; readonly rows: number; readonly columns: number },
): string =>
  writer.node('Slice', [
    plain,
    writer.ints([-1, -1]),
    writer.ints([-rows - 1, -columns - 1]),
    writer.ints([0, 1]),
    writer.ints([-1, -1]),
  ]);
