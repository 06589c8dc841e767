/** Second moments of a sum of independent maps, with a small number of products, however many maps were added before. */
import { type Moments, meanMoment, type Pairs, type Product } from './moments.ts';
import { addPairs } from './pairs.ts';

/** Products smaller than this share of the whole are dropped: sums over a hundred layers stay exact to 1e-13. */
const NEGLIGIBLE = 1e-16;

const norm = (values: Float64Array): number => Math.hypot(...values);
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
/** a ← a + factor·b. */
function addTo(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] ?? 0) + factor * (b[i] ?? 0);
}

/**
 * The same map as the sum of as few products as its columns have directions: Gram-Schmidt on the column profiles, the largest
 * first. A map of h×w positions has at most min(h, w) of them, and one that convolutions and shortcuts have made of a uniform one
 * has about five: without this every shortcut would double them.
 */
export function compacted(products: readonly Product[]): Product[] {
  const left = products.map(({ rows, columns }) => ({ rows, columns: Float64Array.from(columns) }));
  const size = ({ rows, columns }: Product) => norm(rows) * norm(columns);
  const whole = Math.max(...left.map(size));
  const kept: Product[] = [];
  for (let k = 0; k < products.length; k++) {
    const largest = left.reduce((a, b) => (size(b) > size(a) ? b : a));
    if (!(size(largest) > NEGLIGIBLE * whole)) break;
    const length = norm(largest.columns);
    const direction = largest.columns.map((value) => value / length);
    const rows = new Float64Array(largest.rows.length);
    for (const product of left) {
      const along = dot(product.columns, direction);
      addTo(rows, product.rows, along);
      addTo(product.columns, direction, -along);
    }
    // The remaining rounding error in its own direction.
    largest.columns.fill(0);
    kept.push({ rows, columns: direction });
  }
  return kept;
}

/** The pairs of a sum, where all maps have theirs: each weighted by its share of the second moment. */
function summedPairs(maps: readonly Moments[]): Pairs | undefined {
  const own = maps.flatMap((map) => (map.pairs ? [{ pairs: map.pairs, moment: meanMoment(map) }] : []));
  return own.length === maps.length ? addPairs(own) : undefined;
}

/** E[(Σ x_i)²] of every position, for uncorrelated maps. */
export function addMoments(maps: readonly [Moments, ...Moments[]]): Moments {
  const [first, ...others] = maps;
  if (others.length === 0) return first;
  const moments = maps.map(meanMoment);
  const total = moments.reduce((sum, moment) => sum + moment, 0);
  const shared = maps.reduce((sum, { correlation }, i) => sum + correlation * (moments[i] ?? 0), 0);
  const pairs = summedPairs(maps);
  const { pairs: _, ...rest } = first;
  return {
    ...rest,
    products: compacted(maps.flatMap(({ products }) => products)),
    correlation: total > 0 ? shared / total : first.correlation,
    ...(pairs && { pairs }),
  };
}
