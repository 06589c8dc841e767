/** Counts of true positives, misses and false positives, by rule. */

export interface Expected {
  readonly must_find: readonly string[];
  readonly may_find: readonly string[];
}

/** A run file and what must, may and must not be found; a rule in no list is not scored. */
export interface Case {
  readonly file: string;
  readonly kind: 'healthy' | 'fault';
  readonly check: Expected;
  readonly train: Expected;
  readonly check_or_train: { readonly must_find: readonly string[] };
  readonly must_not_find: readonly string[];
}

export interface Score {
  hit: number;
  missed: number;
  wrong: number;
  /** Steps of live findings that had to be found. */
  readonly steps: number[];
}

export class Scores {
  readonly rules = new Map<string, Score>();
  /** The errors, for a reader. */
  readonly problems: string[] = [];

  of(rule: string): Score {
    const score = this.rules.get(rule) ?? { hit: 0, missed: 0, wrong: 0, steps: [] };
    this.rules.set(rule, score);
    return score;
  }

  judge(
    where: string,
    found: ReadonlySet<string>,
    { required, forbidden }: { required: readonly string[]; forbidden: readonly string[] },
  ): void {
    for (const rule of required) {
      if (found.has(rule)) this.of(rule).hit++;
      else {
        this.of(rule).missed++;
        this.problems.push(`${where}: missed \`${rule}\``);
      }
    }
    for (const rule of forbidden)
      if (found.has(rule)) {
        this.of(rule).wrong++;
        this.problems.push(`${where}: found \`${rule}\`, which must not be`);
      }
  }

  sum(key: 'hit' | 'missed' | 'wrong'): number {
    return [...this.rules.values()].reduce((total, score) => total + score[key], 0);
  }

  get precision(): number {
    return this.sum('hit') / (this.sum('hit') + this.sum('wrong'));
  }

  get recall(): number {
    return this.sum('hit') / (this.sum('hit') + this.sum('missed'));
  }
}
