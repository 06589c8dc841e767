import { size } from '../shapes/size.ts';
import type { AttributeValue, DataType, Operation, OperationType, Program, Value, Variable } from './operation.ts';

interface Emission {
  readonly inputs?: readonly Value[];
  readonly attributes?: Record<string, AttributeValue>;
  readonly after?: readonly Operation[];
  readonly outputs: readonly { dtype?: DataType; shape: readonly number[] }[];
  readonly name?: string;
}

/** Collects the operations of one program, in the order in which they are emitted. */
export class Builder {
  readonly #operations: Operation[] = [];
  readonly #variables = new Map<string, Variable>();
  readonly #inputs = new Map<string, Value>();
  readonly #fetches = new Map<string, Value>();
  readonly #constants = new Map<string, Value>();
  #part: number | undefined;

  /** Append one operation; its name is made unique unless given. */
  emit(type: OperationType, emission: Emission): Operation {
    const { inputs = [], attributes = {}, after = [] } = emission;
    const name = emission.name ?? `${type}_${this.#operations.length}`;
    const outputs: Value[] = [];
    const part = this.#part === undefined ? {} : { part: this.#part };
    const operation: Operation = { name, type, inputs, attributes, after, outputs, ...part };
    emission.outputs.forEach(({ dtype = 'float32', shape }, index) => {
      outputs.push({ operation, index, dtype, shape });
    });
    this.#operations.push(operation);
    return operation;
  }

  /** Operations emitted meanwhile belong to this part of the batch; to all of it if undefined. */
  within<T>(part: number | undefined, emit: () => T): T {
    const outer = this.#part;
    this.#part = part;
    try {
      return emit();
    } finally {
      this.#part = outer;
    }
  }

  /** The only output of an operation that is emitted now. */
  value(
    type: OperationType,
    emission: Omit<Emission, 'outputs'> & { shape: readonly number[]; dtype?: DataType },
  ): Value {
    const { shape, dtype = 'float32', ...rest } = emission;
    return only(this.emit(type, { ...rest, outputs: [{ shape, dtype }] }));
  }

  /** An input that is fed at every run. */
  input(name: string, shape: readonly number[], dtype: DataType = 'float32'): Value {
    const value = this.value('Placeholder', { name: `input/${name}`, shape, dtype });
    this.#inputs.set(name, value);
    return value;
  }

  /** A number or a short list of numbers, written into the program once. */
  constant(values: number | readonly number[], dtype: DataType = 'float32'): Value {
    const list = typeof values === 'number' ? [values] : values;
    const shape = typeof values === 'number' ? [] : [list.length];
    const key = `${dtype}[${shape}]${list}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const value = this.value('Const', { attributes: { values: list }, shape, dtype });
    this.#constants.set(key, value);
    return value;
  }

  /** Declares a variable; a second one of the same name is the first. */
  variable(variable: Variable): Variable {
    const known = this.#variables.get(variable.name);
    if (known) return known;
    this.#variables.set(variable.name, variable);
    return variable;
  }

  /** The variable's value, once the effects `after` have happened. */
  read(variable: Variable, after: readonly Operation[] = []): Value {
    return this.value('ReadVariableOp', { attributes: { variable }, after, shape: variable.shape });
  }

  /** Makes a value fetchable under a name; after the effects `after`, if given. */
  fetch(name: string, value: Value, after: readonly Operation[] = []): void {
    const named = this.value('Identity', {
      name: `fetch/${name}`,
      inputs: [value],
      after,
      shape: value.shape,
      dtype: value.dtype,
    });
    this.#fetches.set(name, named);
  }

  /** The program so far. */
  program(): Program {
    return {
      operations: this.#operations,
      variables: [...this.#variables.values()],
      inputs: this.#inputs,
      fetches: this.#fetches,
    };
  }
}

/** The only output of an operation; throws if there is none. */
export function only(operation: Operation): Value {
  const [value] = operation.outputs;
  if (!value) throw new Error(`${operation.name} has no output`);
  return value;
}

/** The shape of an elementwise operation on both, with broadcasting: axes are aligned from the last. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a}] and [${b}] do not fit`);
    return Math.max(x, y);
  });
}

/** Throws unless both shapes hold the same number of values. */
export function sameSize(a: readonly number[], b: readonly number[]): void {
  if (size(a) !== size(b)) throw new Error(`[${a}] does not hold as many values as [${b}]`);
}
