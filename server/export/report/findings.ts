/** What is wrong with the run, on which line of its file, with numbers and the fix. */
import { formatCount, formatPercent, formatSpread } from '../../domain/numbers/format.ts';
import { findingNumbers } from '../../figures/finding-numbers.ts';
import { proofText } from '../../figures/proof-text.ts';
import type { FileEdit, FindingEvent, ProofEvent } from '../../protocol/events.ts';
import { isInRunFile, placeText } from '../../protocol/finding-place.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { applyEdits } from '../../run-file/edit.ts';
import { differingLines } from '../../run-file/line-changes.ts';
import type { Positions } from '../../run-file/positions.ts';
import { type Html, html, table, withCode } from './html.ts';

/** Lines that an edit removes and adds. Fixes replace values, so lines keep their order. */
function difference(positions: Positions, before: string, edits: readonly FileEdit[]): Html {
  const { removed, added } = differingLines(before, applyEdits(positions, edits));
  return html`<pre class="diff">${removed.map((line) => html`<del>- ${line}</del>`)}${added.map((line) => html`<ins>+ ${line}</ins>`)}</pre>`;
}

function evidence(finding: FindingEvent): Html {
  const facts = [...findingNumbers(finding).judged, ['source of the limit', finding.source] as const];
  const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${capital(name)}</dt><dd>${value}</dd>`)}</dl>`;
}

/** The proofs of a finding's fix. */
const proofs = (all: RunSnapshot['proofs'], { rule }: FindingEvent): Html[] =>
  all
    .filter(({ fixes }) => fixes.some((fix) => fix.rule === rule))
    .map(
      (proof) =>
        html`<p class="proof">Proof by <code>${proof.fixed}</code>, requested at step ${proof.step}: ${proofText(proof)}</p>${proof.sides && sideTable(proof.sides)}`,
    );

const sideTable = (sides: NonNullable<ProofEvent['sides']>): Html =>
  table(
    ['', 'step', 'loss', 'top-1 error'],
    sides.map(({ name, step, loss, standard_error, top1 }) => [
      name,
      formatCount(step),
      Number.isFinite(Number(loss)) ? formatSpread(Number(loss), Number(standard_error)) : 'not finite',
      formatPercent(top1),
    ]),
    'The run and its fixed copy',
  );

/** All findings, causes before their consequences. */
export function findingList({ findings, proofs: proved, summary, text }: RunSnapshot, positions: Positions): Html {
  if (findings.length === 0) return html`<p>No findings: signal, gradient, rate and data are as they should be.</p>`;
  const lines = text.split('\n');
  const ordered = findings.toSorted((a, b) => Number(a.cause !== undefined) - Number(b.cause !== undefined));
  return html`${ordered.map(
    (finding) => html`<article class="finding ${finding.severity}">
<h3>${finding.rule} <small><span class="severity">${finding.severity}</span>, ${finding.step === 0 ? 'before training' : `at step ${formatCount(finding.step)}`}${finding.layer !== undefined && `, ${finding.layer}`}</small></h3>
<p>${withCode(finding.message)}</p>
${finding.cause !== undefined && html`<p class="muted">Follows from ${finding.cause}.</p>`}
${finding.recovered !== undefined && html`<p class="muted">It ended at step ${finding.recovered}.</p>`}
<p>${placeText(finding, summary.file)}${isInRunFile(finding) && html`: <code>${(lines[finding.line - 1] ?? '').trim()}</code>`}</p>
${evidence(finding)}
${finding.fix && html`<p>Fix: ${withCode(finding.fix.title)}</p>${finding.fix.edits.length > 0 && difference(positions, text, finding.fix.edits)}`}
${proofs(proved, finding)}
</article>
`,
  )}`;
}
