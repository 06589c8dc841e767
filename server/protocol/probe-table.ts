/** Probes as a table of numbers that carries the names of its columns, and how one quantity is found in it. */
import { gradientPerWeight } from '../domain/numbers/gradient-per-weight.ts';
import { PROBE_QUANTITIES, type ProbeQuantity, QUANTITIES } from '../domain/probe/quantities.ts';
import type { LayerProbe } from './events.ts';
import type { ProbeColumns } from './requests.ts';
import { fromScalar, type Packed, toScalar, unpack } from './scalar.ts';

/** `values` is [probe][layer][quantity], flat, in the order of `layers` and `quantities`. */
export interface ProbeTable {
  readonly layers: readonly string[];
  /** Those of the table's version: it may lack some of ours, or have others. */
  readonly quantities: readonly string[];
  readonly values: ArrayLike<number>;
}

/** The table of a message. */
export const probeTable = ({
  layers,
  quantities,
  values,
}: Omit<ProbeTable, 'values'> & { values: Packed }): ProbeTable => ({ layers, quantities, values: unpack(values) });

/** Reads a quantity at one probe of one layer, both from 0; NaN if the table has none. */
export function quantityIn(
  { layers, quantities, values }: ProbeTable,
  quantity: ProbeQuantity,
): (probe: number, layer: number) => number {
  const [column, width, depth] = [quantities.indexOf(quantity), quantities.length, layers.length];
  if (column < 0) return () => Number.NaN;
  return (probe, layer) => values[(probe * depth + layer) * width + column] ?? Number.NaN;
}

/** The probes of a snapshot as their original events, one per step. */
export function probesOf(columns: ProbeColumns): { step: number; layers: LayerProbe[] }[] {
  const table = probeTable(columns);
  const readers = PROBE_QUANTITIES.map((name) => [name, quantityIn(table, name)] as const);
  return Array.from(unpack(columns.step), (step, probe) => ({
    step,
    layers: columns.layers.map((name, layer) => {
      const measured = readers
        .map(([quantity, read]) => [quantity, read(probe, layer)] as const)
        .filter(([quantity, value]) => !(Number.isNaN(value) && QUANTITIES[quantity].mayBeAbsent))
        .map(([quantity, value]) => [quantity, toScalar(value)]);
      return { name, ...Object.fromEntries(measured) } as LayerProbe;
    }),
  }));
}

/** Numbers in cells of the quantities `from`, copied to cells of the quantities `to`; NaN if `from` lacks one. */
export function layOut(
  values: Float64Array,
  { from, to }: { from: readonly string[]; to: readonly string[] },
): Float64Array {
  if (from.join() === to.join()) return values;
  const columns = to.map((quantity) => from.indexOf(quantity));
  const cells = values.length / from.length;
  return Float64Array.from({ length: cells * to.length }, (_, i) => {
    const column = columns[i % to.length] ?? -1;
    return column < 0 ? Number.NaN : (values[Math.floor(i / to.length) * from.length + column] ?? Number.NaN);
  });
}

/** Gradient per weight of a layer, as its probe came over the wire. */
export const probedGradientPerWeight = ({
  gradient_norm,
  weight_norm,
}: Pick<LayerProbe, 'gradient_norm' | 'weight_norm'>): number =>
  gradientPerWeight({ gradientNorm: fromScalar(gradient_norm), weightNorm: fromScalar(weight_norm) });

/** The same at one probe of one layer of a table, both from 0. */
export function gradientPerWeightIn(table: ProbeTable): (probe: number, layer: number) => number {
  const [gradient, weight] = [quantityIn(table, 'gradient_norm'), quantityIn(table, 'weight_norm')];
  return (probe, layer) =>
    gradientPerWeight({ gradientNorm: gradient(probe, layer), weightNorm: weight(probe, layer) });
}
