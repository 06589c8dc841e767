import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { printFindings } from '../../server/cli/print-findings.ts';
import type { FindingEvent } from '../../server/protocol/events.ts';

const finding = (rule: string, more: Partial<FindingEvent>): FindingEvent => ({
  ...{ event: 'finding', run: 'r', rule, severity: 'error', step: 2, line: 7, column: 3, message: `${rule} it is.` },
  ...{ evidence: {}, threshold: 1, source: 'a test', detail: `All of ${rule}.` },
  ...more,
});

/** Lines that are printed. */
function printed(findings: readonly FindingEvent[], verbose: boolean): string[] {
  const write = mock.method(process.stdout, 'write', () => true);
  try {
    printFindings(findings, 'a.yaml', { verbose });
    return write.mock.calls.flatMap(({ arguments: [text] }) => String(text).split('\n')).filter((line) => line !== '');
  } finally {
    write.mock.restore();
  }
}

const pair = [finding('cause', {}), finding('effect', { cause: 'cause' })];
const fixOf = (text: string): Pick<Required<FindingEvent>, 'fix'> => ({
  fix: { title: `Write ${text}`, edits: [{ line: 7, column: 3, end_line: 7, end_column: 9, text }] },
});

describe('findings of a run', () => {
  const plain = ['a.yaml:7:3: error cause at step 2: cause it is.', '  follows: error effect at step 2: effect it is.'];

  it('are listed with their cause first', () => {
    assert.deepEqual(printed(pair, false), plain);
    assert.deepEqual(printed(pair.toReversed(), false), plain);
  });

  it('have details on request', () =>
    assert.deepEqual(printed(pair, true), [plain[0], '  more: All of cause.', plain[1], '    more: All of effect.']));

  it('show a fix once: that of a consequence only if it differs', () => {
    const cause = finding('cause', fixOf('he'));
    const like = printed([cause, finding('effect', { cause: 'cause', ...fixOf('he') })], false);
    assert.deepEqual(like, [plain[0], '  fix: Write he', plain[1]]);
    const unlike = printed([cause, finding('effect', { cause: 'cause', ...fixOf('xavier') })], false);
    assert.deepEqual(unlike, [plain[0], '  fix: Write he', plain[1], '    fix: Write xavier']);
  });

  it('are on the line of another file, or at the node of a graph, if their place is there', () => {
    const inModel = { file: 'model.py', line: 12, column: 1 };
    const { line: _, column: __, ...bare } = finding('effect', { cause: 'cause' });
    const findings = [
      finding('cause', { ...inModel, fix: { title: 'Draw them by He', edits: [] } }),
      { ...bare, node: '/conv1/Conv', fix: { title: 'Clip it', edits: [] } },
    ];
    assert.deepEqual(printed(findings, false), [
      'model.py:12:1: error cause at step 2: cause it is.',
      '  fix: Draw them by He',
      '  follows: error effect at step 2, node /conv1/Conv: effect it is.',
      '    fix: Clip it',
    ]);
    const same = [finding('cause', inModel), finding('effect', { ...inModel, cause: 'cause', line: 14 })];
    assert.equal(printed(same, false)[1], '  follows: error effect at step 2, line 14 of model.py: effect it is.');
    const { cause: ___, ...alone } = bare;
    assert.deepEqual(printed([{ ...alone, node: '/conv1/Conv' }], false), [
      'a.yaml: node /conv1/Conv: error effect at step 2: effect it is.',
    ]);
  });

  it('show the line of a consequence only if it differs, and no step before training', () => {
    const before = [finding('cause', { step: 0 }), finding('effect', { step: 0, cause: 'cause', line: 9 })];
    assert.deepEqual(printed(before, false), [
      'a.yaml:7:3: error cause: cause it is.',
      '  follows: error effect, line 9: effect it is.',
    ]);
  });
});
