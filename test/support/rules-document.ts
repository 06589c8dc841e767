/** docs/rules.md, from the rules themselves; the messages are what they say to the scenarios of the tests. */
import { readFileSync } from 'node:fs';
import type { Finding, Rule } from '../../server/domain/rules/rule.ts';
import { checkStatically, diagnose, RULES, startDiagnosis } from '../../server/domain/rules/rules.ts';
import { MESSAGE_CASES, type MessageCase } from './message-cases.ts';
import { SCENARIOS } from './rule-scenarios.ts';

/** The findings of every rule for a case, live, and before training if the file is enough. */
function findingsOf({ context, observations }: MessageCase): Finding[] {
  let state = startDiagnosis();
  const live = observations.flatMap((observation) => {
    const judged = diagnose(state, observation, context);
    state = judged.state;
    return judged.findings;
  });
  const { network, train, propagation } = context;
  return [...checkStatically({ network, train, propagation }, []), ...live];
}

/** What the rules say to the scenarios and to all other cases. */
export const allFindings = (): Finding[] => [
  ...SCENARIOS.flatMap((scenario) => findingsOf(scenario).filter(({ rule }) => rule === scenario.rule)),
  ...MESSAGE_CASES.flatMap(findingsOf),
];

/** Messages whose first sentences differ in more than numbers, names and code. */
function differing(findings: readonly Finding[]): string[] {
  const bySkeleton = new Map<string, string>();
  for (const { message } of findings) {
    const skeleton = message.replaceAll(/`[^`]*`|\b[a-z]+\d+\b|\d[\d.,e-]*(?<![.,])/g, '…').split(/\.(?: |$)/)[0] ?? '';
    if (!bySkeleton.has(skeleton)) bySkeleton.set(skeleton, message);
  }
  return [...bySkeleton.values()];
}

const persistence = ({ watch }: Rule): string =>
  watch.map(({ judges, persistence: count }) => `${count} × ${judges}`).join('; ');

function section(rule: Rule, findings: readonly Finding[]): string {
  const { id, notes, detail } = rule;
  const own = findings.filter((finding) => finding.rule === id);
  const messages = differing(own)
    .map((message) => `> ${message}`)
    .join('\n>\n');
  const evidence = [...new Set(own.flatMap((finding) => Object.keys(finding.evidence)))].map((key) => `\`${key}\``);
  return `## \`${id}\`

${messages}

${detail}

| | |
|---|---|
| quantity | ${cell(notes.quantity)} |
| test | ${cell(notes.test)} |
| judgements in a row | ${persistence(rule)} |
| severity | ${cell(notes.severity)} |
| evidence | ${evidence.join(', ')} |
| fix | ${cell(notes.fix)} |
| source of the threshold | ${cell(notes.source)} |
| known false positives | ${cell(notes.falsePositives)} |
| ends when | ${cell(notes.end)} |
`;
}

/** The rows of ARCHITECTURE.md's glossary: words and what they mean. */
export function glossary(): string {
  const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
  const [, table] = text.split('## Glossary\n');
  if (table === undefined) throw new Error('ARCHITECTURE.md has no glossary');
  return table.trim();
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The whole document. */
export function rulesDocument(): string {
  const findings = allFindings();
  return `# Rules

Made from the rules (\`server/domain/rules\`) by \`node scripts/rules.ts\`. η is the learning rate, μ momentum, λ weight decay, K the
number of classes. A rule speaks once, and again only after its finding has ended: after three times its judgements in a row without
it. A finding that explains others stands above them. \`diagnose: {ignore: [id]}\` silences a rule. How good they are:
[diagnosis.md](diagnosis.md).

${RULES.map((rule) => section(rule, findings)).join('\n')}
## Words

What these words mean here, as everywhere in Rectiscope.

${glossary()}
`;
}
