/** docs/rules.md, from the rules themselves; the messages are what they say to the scenarios of the tests. */
import type { Finding, Rule } from '../../server/domain/rules/rule.ts';
import { checkStatically, diagnose, RULES, startDiagnosis } from '../../server/domain/rules/rules.ts';
import { SCENARIOS } from './rule-scenarios.ts';

/** What the rules say to the scenarios, live, and before training where the file tells. */
export function allFindings(): Finding[] {
  return SCENARIOS.flatMap(({ rule, context, observations }) => {
    let state = startDiagnosis();
    const live = observations.flatMap((observation) => {
      const judged = diagnose(state, observation, context);
      state = judged.state;
      return judged.findings;
    });
    const { network, train, propagation } = context;
    const predicted = checkStatically({ network, train, propagation }, []);
    return [...predicted, ...live].filter((finding) => finding.rule === rule);
  });
}

const persistence = ({ watch }: Rule): string =>
  watch.map(({ judges, persistence: count }) => `${count} × ${judges}`).join('; ');

function section(rule: Rule, findings: readonly Finding[]): string {
  const { id, notes, detail } = rule;
  const own = findings.filter((finding) => finding.rule === id);
  const messages = [...new Set(own.map(({ message }) => message))].map((message) => `> ${message}`).join('\n>\n');
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

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The whole document. */
export function rulesDocument(): string {
  const findings = allFindings();
  return `# Rules

Made from the rules (\`server/domain/rules\`) by \`node scripts/rules.ts\`. η is the learning rate, μ momentum, λ weight decay, K the
number of classes. A rule speaks once, and again only after its finding has ended: after three times its judgements in a row without
it. A finding that explains others stands above them. \`diagnose: {ignore: [id]}\` silences a rule. How good they are:
[diagnosis.md](diagnosis.md).

${RULES.map((rule) => section(rule, findings)).join('\n')}`;
}
