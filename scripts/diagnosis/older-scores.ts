/** How the older tools do on the runs that we are scored on. */
import { formatFixed } from '../../server/domain/numbers/format.ts';
import { OLDER_RULES, type Trace } from './older-tools.ts';
import type { Case } from './score.ts';

interface Tally {
  hit: number;
  missed: number;
  wrong: number;
}

const ratio = (part: number, whole: number): string => (whole === 0 ? '–' : formatFixed(part / whole, 2));

export class OlderScores {
  /** By rule, the cases where it must fire and where it must not. */
  readonly #rules = new Map(
    OLDER_RULES.map((rule) => [rule, { hit: 0, missed: 0, wrong: 0 } satisfies Tally as Tally]),
  );
  /** By tool, any of its rules, however it names the fault. */
  readonly #tools = new Map(
    OLDER_RULES.map(({ tool }) => [tool, { hit: 0, missed: 0, wrong: 0 } satisfies Tally as Tally]),
  );

  take({ kind, train, check_or_train, must_not_find }: Case, trace: Trace): void {
    const must = [...train.must_find, ...check_or_train.must_find];
    const fired = new Set<string>();
    for (const [rule, tally] of this.#rules) {
      const fires = rule.fires(trace);
      if (fires) fired.add(rule.tool);
      if (rule.means.some((id) => must.includes(id))) fires ? tally.hit++ : tally.missed++;
      else if (fires && rule.means.every((id) => must_not_find.includes(id))) tally.wrong++;
    }
    for (const [tool, tally] of this.#tools) {
      if (kind === 'healthy') tally.wrong += fired.has(tool) ? 1 : 0;
      else if (fired.has(tool)) tally.hit++;
      else tally.missed++;
    }
  }

  /** The two tables. */
  tables(): string {
    const row = ({ hit, missed, wrong }: Tally) =>
      `${ratio(hit, hit + wrong)} | ${ratio(hit, hit + missed)} | ${hit} | ${missed} | ${wrong} |`;
    const tools = [...this.#tools].map(([tool, tally]) => `| ${tool} | ${row(tally)}`);
    const rules = [...this.#rules].map(([{ tool, name, test, means }, tally]) => {
      const ours = means.map((id) => `\`${id}\``).join(', ');
      return `| ${tool} | ${name} | ${test} | ${ours} | ${row(tally)}`;
    });
    return `| tool, any of its rules | precision | recall | faulty runs found | missed | healthy runs on which it fires |
|---|---|---|---|---|---|
${tools.join('\n')}

| tool | rule | test | judged as | precision | recall | found | missed | wrong |
|---|---|---|---|---|---|---|---|---|
${rules.join('\n')}`;
  }
}
