/**
 * Messages are for a tired person: what is wrong, how we know (two numbers), what to do, in two sentences; the rest is “more”.
 * Their words: vocabulary.test.ts.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Finding } from '../../../server/domain/rules/rule.ts';
import { RULES } from '../../../server/domain/rules/rules.ts';
import { findingNumbers } from '../../../server/figures/finding-numbers.ts';
import type { FindingEvent } from '../../../server/protocol/events.ts';
import { checkRunFile } from '../../../server/run-file/check.ts';
import { describeFinding } from '../../../server/run-file/findings.ts';
import { readRunFile } from '../../../server/run-file/read.ts';
import { proseOf } from '../../support/prose.ts';
import { allFindings, rulesDocument } from '../../support/rules-document.ts';

/** Characters of a message that are read at a glance: three lines of a hover. */
const LONGEST = 260;

/** Sentences end with a full stop before a blank or the end; decimal points and code do not count. */
const sentences = (text: string): string[] =>
  text
    .replaceAll(/`[^`]*`/g, 'x')
    .split(/[.!?](?=\s|$)/)
    .map((sentence) => sentence.trim())
    .filter(Boolean);

/** Numbers that were measured, predicted or compared with: not those of names (conv29) and code (`gaussian: 0.01`). */
const numbers = (text: string): string[] =>
  text.replaceAll(/`[^`]*`/g, '').match(/(?<![\w.,-])\d[\d,.]*(e-?\d+)?(?<![.,])/g) ?? [];

/** How a sentence begins that says what to do. */
const INSTRUCTION = /^(Look|Start|Try|Use) /;

/** The finding as a user’s view gets it. */
function shown(finding: Finding): FindingEvent {
  const { positions } = readRunFile('version: 1\n', { fileName: 'a.rectiscope.yaml', folder: '/', forCheck: true });
  return { event: 'finding', run: 'r', ...describeFinding(finding, positions) };
}

/** What a check says of every run file of a folder of the repository. */
function checkAll(folder: string): FindingEvent[] {
  const url = new URL(`../../../${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((file) => file.endsWith('.rectiscope.yaml'));
  assert.ok(files.length > 0, folder);
  return files.flatMap((file) => {
    const { checked } = checkRunFile(readFileSync(new URL(file, url), 'utf8'), { fileName: file, folder: '/' });
    assert.ok(checked, file);
    return checked.findings.map((finding) => ({ event: 'finding', run: 'r', ...finding }));
  });
}

describe('messages', () => {
  const findings = allFindings();
  const labelled = ['test/fixtures/diagnosis-cases', 'examples', 'examples/paper', 'examples/reproduction'].flatMap(
    checkAll,
  );
  const unlike = [
    ...new Map([...findings.map(shown), ...labelled].map((finding) => [finding.message, finding])).values(),
  ];

  it('are there before training of labelled cases and examples, too', () =>
    assert.ok(new Set(labelled.map(({ rule }) => rule)).size >= 8, `${labelled.length} findings`));

  it('are there for every rule', () => {
    assert.deepEqual(
      RULES.map(({ id }) => id).filter((id) => !findings.some(({ rule }) => rule === id)),
      [],
    );
  });

  it('and titles of fixes have no branch that no case here reaches', () => {
    const said = findings.flatMap(({ message, detail, fix }) => [message, detail, ...(fix ? [fix.title] : [])]);
    const leaveOut = (name: string) => /^(detail|notes|thresholdSource)$|(SOURCE|NOTES)$/.test(name);
    const folder = new URL('../../../server/domain/rules/', import.meta.url);
    const texts = readdirSync(folder).flatMap((file) =>
      proseOf(`server/domain/rules/${file}`, leaveOut).map((pieces) => ({ file, pieces })),
    );
    assert.ok(texts.length > 40, `${texts.length} texts: their source was not found`);
    const unsaid = texts.flatMap(({ file, pieces }) =>
      pieces.filter((piece) => !said.some((text) => text.includes(piece.trim()))).map((piece) => `${file}: ${piece}`),
    );
    assert.deepEqual(unsaid, []);
  });

  for (const finding of unlike) {
    const { rule, step, message, fix, detail, cause } = finding;
    it(`${rule} at step ${step} is short, with two numbers, and says what to do: ${message.slice(0, 60)}…`, () => {
      assert.match(message, /^[A-Z].*\.$/);
      assert.ok(message.length <= LONGEST, `${message.length} characters: ${message}`);
      assert.ok(sentences(message).length <= 2, message);
      assert.ok(numbers(message).length >= 2, `${numbers(message).join(', ')} in: ${message}`);
      assert.doesNotMatch(message, /NaN|Infinity|undefined|e\+/);
      assert.ok(
        // A consequence is mended with its cause.
        cause !== undefined || fix ? (fix?.title.length ?? 11) > 10 : INSTRUCTION.test(sentences(message).at(-1) ?? ''),
        `what to do? ${message}`,
      );
      assert.ok((detail?.length ?? 0) > 100, 'there is more to know');
      // The line of evidence: what was measured or predicted, and the limit.
      const { judged } = findingNumbers(finding);
      assert.ok(judged.length >= 2 && judged.some(([name]) => name === 'limit'), JSON.stringify(judged));
    });
  }

  it('docs/rules.md is made from the rules as they are: `node scripts/rules.ts`', () => {
    assert.equal(readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8'), rulesDocument());
  });
});
