/** Runs that repeat each other with another seed: what chance does to them, and whether two groups differ by more. */
import { formatFixed } from '../domain/numbers/format.ts';
import { mean, standardDeviation } from '../domain/numbers/statistics.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { type Difference, differences, meaningButSeed } from './configurations.ts';
import { measures } from './measures.ts';

/** The input for each run; errors are per cent, losses nats. */
export interface SeedRun {
  /** Its run file. */
  readonly text: string;
  readonly run: string;
  readonly name: string;
  readonly state: string;
  readonly step: number;
  readonly top1?: number | undefined;
  readonly best_top1?: number | undefined;
  readonly last_loss?: number | undefined;
}

/** Of the runs that have the number: `std` is the sample's (n − 1), absent for less than two. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly std?: number;
}

export interface SeedGroup {
  readonly name: string;
  /** Of its first run; the others' differ in seed and name. */
  readonly text: string;
  readonly runs: readonly Omit<SeedRun, 'text'>[];
  /** Top-1 error of the last evaluation, and of the best; loss of the last step. Absent if no run has it. */
  readonly top1?: Spread;
  readonly best_top1?: Spread;
  readonly loss?: Spread;
}

/** Mean and sample standard deviation of the finite numbers; undefined if there is none. */
export function spread(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const count = known.length;
  if (count === 0) return undefined;
  return { count, mean: mean(known), ...(count > 1 && { std: standardDeviation(known) }) };
}

/** Runs grouped by the meaning of their files without seed and name, in the order given. */
export function groupBySeed(runs: readonly SeedRun[]): SeedGroup[] {
  return [...Map.groupBy(runs, ({ text }) => meaningButSeed(text)).values()].map((members) => {
    const top1 = spread(members.map((run) => run.top1));
    const best = spread(members.map((run) => run.best_top1));
    const loss = spread(members.map((run) => run.last_loss));
    return {
      name: members[0]?.name ?? '',
      text: members[0]?.text ?? '',
      runs: members.map(({ run, name, state, step, top1, best_top1, last_loss }) => ({
        ...{ run, name, state, step, top1, best_top1, last_loss },
      })),
      ...(top1 && { top1 }),
      ...(best && { best_top1: best }),
      ...(loss && { loss }),
    };
  });
}

const points = (x: number): string => formatFixed(x, 2);

/**
 * One sentence. Two groups differ significantly if the means of top-1 error differ by more than twice the standard error of
 * their difference, √(s₁²/n₁ + s₂²/n₂): with a few seeds each, a rule of thumb, not a test.
 */
export function groupVerdict(groups: readonly SeedGroup[]): string {
  const [best, next] = groups
    .flatMap(({ name, top1 }) => (top1 ? [{ name, ...top1 }] : []))
    .toSorted((a, b) => a.mean - b.mean);
  if (!best) return 'Nothing to compare yet: an evaluation is missing.';
  if (!next)
    return groups.length === 1
      ? `${best.name}: one group of ${best.count} ${best.count === 1 ? 'run' : 'runs'}; name runs of another configuration to compare with.`
      : 'Nothing to compare yet: an evaluation is missing.';
  const gap = next.mean - best.mean;
  if (best.std === undefined || next.std === undefined)
    return `${best.name} is ${points(gap)} points of top-1 error below ${next.name}, but a group of one seed has no standard deviation: train each with two seeds or more (\`--set seed=2\`).`;
  const error = Math.sqrt(best.std ** 2 / best.count + next.std ** 2 / next.count);
  return gap > 2 * error
    ? `${best.name} is ${points(gap)} points of top-1 error better than ${next.name}, more than twice the standard error of the difference (${points(error)}).`
    : `${best.name} and ${next.name} do not differ significantly: their means differ by ${points(gap)} points of top-1 error, the standard error of the difference is ${points(error)}.`;
}

/** Groups side by side: differences between their files except the seed, and their results. */
export function compareGroups(snapshots: readonly RunSnapshot[]): {
  groups: Omit<SeedGroup, 'text'>[];
  configuration: Difference[];
  verdict: string;
} {
  const groups = groupBySeed(snapshots.map((snapshot) => ({ text: snapshot.text, ...measures(snapshot) })));
  return {
    groups: groups.map(({ text: _, ...rest }) => rest),
    configuration: differences(groups.map(({ text }) => text)).filter(({ key }) => key !== 'seed'),
    verdict: groupVerdict(groups),
  };
}
