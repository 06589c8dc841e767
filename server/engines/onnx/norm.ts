/** √Σx² of a tensor, whatever the size of its numbers: their squares may overflow or underflow single precision. */
import type { ModelWriter } from './model-writer.ts';

/** Smallest normal single-precision number: smaller numbers are flushed to zero. */
const SMALLEST = 1.17549435e-38;
/** TensorProto.DataType of onnx.proto, as a Cast takes it. */
const [FLOAT, DOUBLE] = [1, 11];

/** In double precision, which CPUs have. */
export function normInDouble(writer: ModelWriter, x: string): string {
  const wide = writer.node('Cast', [x], { to: DOUBLE });
  const squares = writer.node('ReduceSumSquare', [wide], { keepdims: 0 });
  return writer.node('Cast', [writer.node('Sqrt', [squares])], { to: FLOAT });
}

/** Of x / max|x|: WebGPU has no double precision. */
export function normByLargest(writer: ModelWriter, x: string): string {
  const magnitude = writer.node('Max', [x, writer.node('Mul', [x, writer.floats([-1], [])])]);
  const largest = writer.node('Max', [
    writer.node('ReduceMax', [magnitude], { keepdims: 0 }),
    writer.floats([SMALLEST], []),
  ]);
  const relative = writer.node('ReduceSumSquare', [writer.node('Div', [x, largest])], { keepdims: 0 });
  return writer.node('Mul', [largest, writer.node('Sqrt', [relative])]);
}
