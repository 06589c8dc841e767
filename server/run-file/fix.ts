/** The fixes of what `check` finds, applied to a run file's text. */
import { checkRunFile } from './check.ts';
import { applyEdits } from './edit.ts';
import type { Mistake } from './mistake.ts';
import { applyOverrides } from './overrides.ts';

/** An applied fix, by its rule. */
export interface AppliedFix {
  readonly rule: string;
  readonly title: string;
}

export interface FixedText {
  readonly text: string;
  readonly fixes: readonly AppliedFix[];
  /** If there are any, nothing was fixed. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Apply the fixes of a text's static findings, one rule after the other: a fix often mends several findings. `rule`: only that
 * one's; `data`: what no fix changes. Never throws.
 */
export function fixText(
  original: string,
  { rule, ...options }: Parameters<typeof checkRunFile>[1] & { rule?: string | undefined },
): FixedText {
  const fixes: AppliedFix[] = [];
  let text = original;
  // Every round resolves at least one finding; there are fewer rules than this.
  for (let round = 0; round < 20; round++) {
    const { runFile, checked } = checkRunFile(text, options);
    if (!checked) return { text: original, fixes: [], mistakes: runFile.mistakes };
    const finding = checked.findings.find((one) => one.fix && (rule === undefined || one.rule === rule));
    if (!finding?.fix) break;
    const next = applyEdits(runFile.positions, finding.fix.edits);
    if (next === text) break;
    fixes.push({ rule: finding.rule, title: finding.fix.title });
    text = next;
  }
  return { text, fixes, mistakes: [] };
}

/** The same text with a different run name. */
export function renamed(text: string, name: string): string {
  return applyOverrides(text, [`name=${JSON.stringify(name)}`]).text;
}
