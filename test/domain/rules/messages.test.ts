/** Messages are for a tired person: short, two sentences, two numbers; and docs/rules.md says what the rules are now. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { RULES } from '../../../server/domain/rules/rules.ts';
import { allFindings, rulesDocument } from '../../support/rules-document.ts';

/** Characters of a message that are read at a glance: three lines of a hover. */
const LONGEST = 260;

/** Sentences end with a full stop before a blank or the end; decimal points and code do not count. */
const sentences = (text: string): number =>
  text
    .replaceAll(/`[^`]*`/g, 'x')
    .split(/[.!?](?=\s|$)/)
    .filter(Boolean).length;

describe('messages', () => {
  const findings = allFindings();

  it('are there for every rule', () => {
    assert.deepEqual(
      RULES.map(({ id }) => id).filter((id) => !findings.some(({ rule }) => rule === id)),
      [],
    );
  });

  for (const { rule, step, message } of findings)
    it(`${rule} at step ${step} says it in two sentences, with numbers`, () => {
      assert.ok(message.length <= LONGEST, `${message.length} characters: ${message}`);
      assert.ok(sentences(message) <= 2, message);
      assert.ok((message.match(/\d[\d.e+-]*|NaN|Infinity/g) ?? []).length >= 1, message);
      assert.match(message, /^[A-Z].*\.$/);
    });

  it('no word of messages and details is another tool’s for what the glossary names', () => {
    const foreign = /\b(neurons?|nodes?|iterations?|minibatch|hyperparameters?|accuracy|weight tensor|tensors?|lr)\b/i;
    const texts = [...findings.map(({ message }) => message), ...RULES.map(({ detail }) => detail)];
    // `rectiscope lr` is a command; code is not prose.
    const prose = texts.map((text) => text.replaceAll(/`[^`]*`/g, ''));
    assert.deepEqual(
      prose.filter((text) => foreign.test(text)),
      [],
    );
  });

  it('docs/rules.md is made from the rules as they are: `node scripts/rules.ts`', () => {
    assert.equal(readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8'), rulesDocument());
  });
});
