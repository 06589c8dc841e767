import type { AttributeValue, Operation, Program, Value } from './operation.ts';

/** Length of a first axis that depends on the input, as TensorFlow writes it. */
export const FREE = -1;

const isFree = ({ shape }: Value): boolean => shape[0] === FREE;
const freed = (shape: readonly number[]): number[] => [FREE, ...shape.slice(1)];
const list = (value: AttributeValue | undefined): readonly number[] => value as readonly number[];

/** Attributes that name the length of the first axis, with that length open. */
function freedAttributes({ name, type, attributes: a }: Operation): Operation['attributes'] {
  const mixes =
    (a['axes'] !== undefined && list(a['axes']).includes(0)) ||
    a['axis'] === 0 ||
    a['transposeA'] === true ||
    (type === 'Slice' && list(a['begin'])[0] !== 0);
  if (mixes) throw new Error(`${name} mixes examples: its batch cannot be left open`);
  if (type === 'Reshape' || type === 'BroadcastTo') return { ...a, shape: freed(list(a['shape'])) };
  if (type === 'Slice') return { ...a, size: freed(list(a['size'])) };
  return a;
}

/**
 * A program for any number of examples at once, from one whose inputs all have the examples as their first axis: the first
 * length of all that depends on an input becomes `FREE`. Throws if an operation mixes examples, as a mean over the batch
 * does.
 */
export function freeBatch(program: Program): Program {
  const values = new Map<Value, Value>();
  const copies = new Map<Operation, Operation>();
  const copyOf = (value: Value): Value => {
    const copy = values.get(value);
    if (!copy) throw new Error(`${value.operation.name} is used before it is computed`);
    return copy;
  };
  for (const operation of program.operations) {
    const inputs = operation.inputs.map(copyOf);
    const free = operation.type === 'Placeholder' || inputs.some(isFree);
    const outputs: Value[] = [];
    const copy: Operation = {
      ...operation,
      inputs,
      attributes: free ? freedAttributes(operation) : operation.attributes,
      after: operation.after.map((earlier) => copies.get(earlier) ?? earlier),
      outputs,
    };
    for (const value of operation.outputs) {
      const output = { ...value, operation: copy, shape: free ? freed(value.shape) : value.shape };
      outputs.push(output);
      values.set(value, output);
    }
    copies.set(operation, copy);
  }
  const named = (of: ReadonlyMap<string, Value>) => new Map([...of].map(([name, value]) => [name, copyOf(value)]));
  return {
    operations: [...copies.values()],
    variables: program.variables,
    inputs: named(program.inputs),
    fetches: named(program.fetches),
  };
}
