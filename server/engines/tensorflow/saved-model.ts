/** A TensorFlow SavedModel that needs no variables: its graph holds the weights, and a signature says what to feed and fetch. */
import type { Program, Value } from '../../domain/program/operation.ts';
import { integer, message, nested, text } from '../../formats/protobuf.ts';
import { dimensions, GraphWriter, TYPE } from './graph.ts';

/** What TensorFlow's loaders and servers look for first. */
const SIGNATURE = 'serving_default';
const METHOD = 'tensorflow/serving/predict';

/** An entry of a SignatureDef's `inputs` or `outputs`: key = 1, TensorInfo = 2 (name = 1, dtype = 2, tensor_shape = 3). */
const entry = (field: number, name: string, { dtype, shape }: Value) =>
  nested(field, [
    text(1, name),
    nested(2, [text(1, `${name}:0`), integer(2, TYPE[dtype]), nested(3, dimensions(shape))]),
  ]);

/**
 * The bytes of `saved_model.pb`, tagged `serve`. The signature has the program's inputs and fetches under their names, which
 * are those of the tensors, too (`logits:0`).
 */
export function writeFrozenSavedModel(program: Program, values: ReadonlyMap<string, Float32Array>): Uint8Array {
  const writer = new GraphWriter({ values });
  for (const operation of program.operations) writer.write(operation);
  const signature = [
    ...[...program.inputs].map(([name, value]) => entry(1, name, value)),
    ...[...program.fetches].map(([name, value]) => entry(2, name, value)),
    text(3, METHOD),
  ];
  // MetaGraphDef: meta_info_def = 1 (tags = 4), graph_def = 2, signature_def = 5.
  const graph = [
    nested(1, [text(4, 'serve')]),
    nested(2, writer.finish()),
    nested(5, [text(1, SIGNATURE), nested(2, signature)]),
  ];
  return message([integer(1, 1), nested(2, graph)]);
}
