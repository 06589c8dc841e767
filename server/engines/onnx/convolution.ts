/** Convolutions and pools as ONNX nodes; the engine has no kernels for their gradients, so these are written out. */

import type { Operation, Value } from '../../domain/program/operation.ts';
import { windows } from '../../domain/shapes/windows.ts';
import { blockInputGradient, convolveBlocks, fitsBlocks, turn } from './block-convolution.ts';
import type { Laid, Context as WriterContext } from './layouts.ts';

interface Context extends WriterContext {
  /** The model is for a GPU. */
  readonly onDevice: boolean;
}

type Shape4 = readonly [number, number, number, number];
const four = (value: Value): Shape4 => value.shape as unknown as Shape4;
const strided = ({ attributes }: Operation) => ({
  stride: attributes['stride'] as number,
  padding: attributes['padding'] as 'same' | 'valid',
});

/** Windows of a kernel along height and width, and their padding as ONNX lists it. */
function geometry(operation: Operation, map: Shape4, kernel: number, kernelColumns = kernel) {
  const options = strided(operation);
  const rows = windows(map[1], kernel, options);
  const columns = windows(map[2], kernelColumns, options);
  return { ...options, rows, columns, pads: [rows.before, columns.before, rows.after, columns.after] };
}

/** Convolution, with the bias and the rectifier that follow. */
export function convolve(
  context: Context,
  operation: Operation,
  { bias, rectified }: { readonly bias: Value | undefined; readonly rectified: boolean },
): Laid {
  const { writer, layouts } = context;
  const [x, weights] = operation.inputs as [Value, Value];
  const [rows, columns] = four(weights);
  const { pads, stride } = geometry(operation, four(x), rows, columns);
  if (fitsBlocks(context, weights)) {
    const kernel = { kernel_shape: [rows, columns], pads, strides: [stride, stride] };
    return { tensor: convolveBlocks(context, operation, { ...kernel, bias, rectified }), layout: 'blocks' };
  }
  const inputs = [layouts.get(x, 'planes'), layouts.get(weights, 'filter')] as const;
  const y = conv(context, [...inputs, ...(bias ? [layouts.get(bias)] : [])], {
    map: four(x),
    filters: four(weights)[3],
    kernel: [rows, columns],
    pads,
    stride,
  });
  return { tensor: rectified ? writer.node('Relu', [y]) : y, layout: 'planes' };
}

/**
 * A `Conv` node; its input is as `map` says. On a GPU, onnxruntime 1.30's WebGPU provider gives wrong numbers in two cases, which
 * zeros avoid: if the channels are a multiple of 3 above 3 but not of 4, they are padded to one of 4; if the kernel is as large
 * as the map, so that padding only at the end is ignored, the kernel is enlarged.
 */
function conv(
  { writer, onDevice }: Context,
  [x = '', filter = '', ...bias]: readonly string[],
  {
    map,
    filters,
    kernel,
    pads,
    stride,
  }: { map: Shape4; filters: number; kernel: readonly number[]; pads: readonly number[]; stride: number },
): string {
  const [, height, width, channels] = map;
  const strides = [stride, stride];
  const more = channels > 3 && channels % 3 === 0 ? (4 - (channels % 4)) % 4 : 0;
  const larger = kernel[0] === height && kernel[1] === width && pads.some((amount) => amount > 0) ? 1 : 0;
  if (!onDevice || more + larger === 0)
    return writer.node('Conv', [x, filter, ...bias], { kernel_shape: kernel, pads, strides });
  const wide = (tensor: string) => writer.node('Pad', [tensor, writer.ints([0, 0, 0, 0, 0, more, 0, 0])]);
  // Not with `Pad`: onnxruntime fuses one along height and width into the convolution, and the fault is back.
  const longer = (tensor: string, axis: number, shape: readonly number[]) => {
    const zeros = writer.node('Expand', [writer.floats([0], []), writer.ints(shape)]);
    return writer.node('Concat', [tensor, zeros], { axis });
  };
  const [rows = 1, columns = 1] = kernel;
  const weights = more > 0 ? wide(filter) : filter;
  const high = larger > 0 ? longer(weights, 2, [filters, channels + more, 1, columns]) : weights;
  const grown = larger > 0 ? longer(high, 3, [filters, channels + more, rows + 1, 1]) : high;
  return writer.node('Conv', [more > 0 ? wide(x) : x, grown, ...bias], {
    kernel_shape: kernel.map((side) => side + larger),
    // Rows and columns of zeros at the kernel's end extend its reach by as much.
    pads: pads.map((amount, i) => (i < 2 ? amount : amount + larger)),
    strides,
  });
}

/**
 * ∂E/∂x: with stride 1 a convolution of ∂E/∂y with the filter turned by 180° and its channel axes swapped, which the engine
 * computes fastest; else its transposed convolution.
 */
export function convolutionInputGradient(context: Context, operation: Operation): Laid {
  const { writer, layouts } = context;
  const [weights, dy] = operation.inputs as [Value, Value];
  const map = (operation.outputs[0] as Value).shape as unknown as Shape4;
  const [kernel, , channels, filters] = four(weights);
  const { pads, stride, rows, columns } = geometry(operation, map, kernel);
  if (stride === 1) {
    const around = pads.map((amount) => kernel - 1 - amount);
    if (layouts.fits(channels) && layouts.fits(filters)) {
      const options = { kernel_shape: [kernel, kernel], pads: around, strides: [1, 1] };
      return { tensor: blockInputGradient(context, operation, options), layout: 'blocks' };
    }
    const turned = turn(writer, { plain: layouts.get(weights), rows: kernel, columns: kernel });
    const filter = writer.node('Transpose', [turned], { perm: [2, 3, 0, 1] });
    const dx = conv(context, [layouts.get(dy, 'planes'), filter], {
      map: four(dy),
      filters: map[3],
      kernel: [kernel, kernel],
      pads: around,
      stride: 1,
    });
    return { tensor: dx, layout: 'planes' };
  }
  // Pixels at the end of an axis that the strides did not reach get no gradient.
  const left = (length: number, { output, before, after }: { output: number; before: number; after: number }) =>
    length - ((output - 1) * stride + kernel - before - after);
  const dx = writer.node('ConvTranspose', [layouts.get(dy, 'planes'), layouts.get(weights, 'filter')], {
    kernel_shape: [kernel, kernel],
    pads,
    strides: [stride, stride],
    output_padding: [left(map[1], rows), left(map[2], columns)],
  });
  return { tensor: dx, layout: 'planes' };
}

/**
 * ∂E/∂w, [kernel, kernel, in, out]: for every place in the kernel, the pixels that it meets times ∂E/∂y as one matrix product.
 * A convolution with the batch as channels, or one im2col product, is slower in this engine.
 */
export function convolutionFilterGradient({ writer, layouts }: Context, operation: Operation): string {
  const [x, dy] = operation.inputs as [Value, Value];
  const [kernel, , channels, filters] = (operation.outputs[0] as Value).shape as unknown as Shape4;
  const [batch, outRows, outColumns] = four(dy);
  const { pads, stride } = geometry(operation, four(x), kernel);
  const positions = batch * outRows * outColumns;
  const reach = (output: number) => (output - 1) * stride + 1;
  const byChannel = (value: Value) => writer.node('Transpose', [layouts.get(value, 'planes')], { perm: [1, 0, 2, 3] });
  const gradient = writer.node('Reshape', [byChannel(dy), writer.ints([filters, positions])]);
  // From blocks a map converts fastest to pixels of all channels; from planes, to channels of all pixels.
  const byPixel = layouts.has(dy, 'blocks');
  const [map, axes] = byPixel ? [layouts.get(x), [1, 2]] : [byChannel(x), [2, 3]];
  const matrix = byPixel ? [positions, channels] : [channels, positions];
  // `valid` may leave pixels that no window meets: they are not padded, and the slices end before them.
  const padded = pads.some((amount) => amount > 0)
    ? writer.node('Pad', [map, writer.ints(pads), '', writer.ints(axes)])
    : map;
  const products: string[] = [];
  for (let row = 0; row < kernel; row++)
    for (let column = 0; column < kernel; column++) {
      const met = writer.node('Slice', [
        padded,
        writer.ints([row, column]),
        writer.ints([row + reach(outRows), column + reach(outColumns)]),
        writer.ints(axes),
        writer.ints([stride, stride]),
      ]);
      const pixels = writer.node('Reshape', [met, writer.ints(matrix)]);
      const product = writer.node('Gemm', [gradient, pixels], { transB: byPixel ? 0 : 1 });
      products.push(writer.node('Reshape', [product, writer.ints([1, filters, channels])]));
    }
  const joined = products.length === 1 ? (products[0] ?? '') : writer.node('Concat', products, { axis: 0 });
  const turned = writer.node('Transpose', [joined], { perm: [0, 2, 1] });
  return writer.node('Reshape', [turned, writer.ints([kernel, kernel, channels, filters])]);
}

const window = ({ attributes }: Operation) => ({
  kernel_shape: attributes['size'] as number[],
  strides: attributes['stride'] as number[],
});

/** Maximum of each window, and, for a gradient, where it was (an index into the whole tensor, in planes). */
export function maxPool(
  { writer, layouts }: Context,
  operation: Operation,
  { withPlaces }: { withPlaces: boolean },
): { pooled: string; places: string } {
  const [x] = operation.inputs as [Value];
  const [pooled = '', places = ''] = writer.nodes('MaxPool', [layouts.get(x, 'planes')], {
    attributes: window(operation),
    outputs: withPlaces ? 2 : 1,
  });
  return { pooled, places };
}

/** ∂E/∂x of a max pool: ∂E/∂y added at the places of the maxima. */
export function maxPoolGradient({ writer, layouts }: Context, operation: Operation, places: string): string {
  const [x, , dy] = operation.inputs as [Value, Value, Value];
  const [batch, height, width, channels] = four(x);
  const flat = writer.ints([-1]);
  const zeros = writer.node('Expand', [writer.floats([0], []), writer.ints([batch * height * width * channels])]);
  const indices = writer.node('Reshape', [places, flat]);
  const gradient = writer.node('Reshape', [layouts.get(dy, 'planes'), flat]);
  const scattered = writer.node('ScatterElements', [zeros, indices, gradient], { axis: 0, reduction: 'add' });
  return writer.node('Reshape', [scattered, writer.ints([batch, channels, height, width])]);
}

export const averagePool = ({ writer, layouts }: Context, operation: Operation): string =>
  writer.node('AveragePool', [layouts.get(operation.inputs[0] as Value, 'planes')], window(operation));

/** ∂E/∂x of an average pool: a transposed convolution, channel by channel, with a filter of 1/m. */
export function averagePoolGradient({ writer, layouts }: Context, operation: Operation): string {
  const [dy] = operation.inputs as [Value];
  const [, height, width, channels] = four(operation.outputs[0] as Value);
  const [, outHeight, outWidth] = four(dy);
  const { kernel_shape, strides } = window(operation);
  const [rows = 1, columns = 1] = kernel_shape;
  const [down = 1, right = 1] = strides;
  const share = writer.floats([1 / (rows * columns)], []);
  const filter = writer.node('Expand', [share, writer.ints([channels, 1, rows, columns])]);
  return writer.node('ConvTranspose', [layouts.get(dy, 'planes'), filter], {
    kernel_shape,
    strides,
    group: channels,
    output_padding: [height - ((outHeight - 1) * down + rows), width - ((outWidth - 1) * right + columns)],
  });
}
