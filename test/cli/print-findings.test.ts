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
function printed(verbose: boolean): string[] {
  const write = mock.method(process.stdout, 'write', () => true);
  try {
    printFindings([finding('cause', {}), finding('effect', { cause: 'cause' })], 'a.yaml', { verbose });
    return write.mock.calls.flatMap(({ arguments: [text] }) => String(text).split('\n')).filter((line) => line !== '');
  } finally {
    write.mock.restore();
  }
}

describe('findings of a run', () => {
  const plain = ['a.yaml:7:3: error cause at step 2: cause it is.', '  follows: error effect at step 2: effect it is.'];

  it('stand with their cause first', () => assert.deepEqual(printed(false), plain));

  it('tell more where it is asked for', () =>
    assert.deepEqual(printed(true), [plain[0], '  more: All of cause.', plain[1], '    more: All of effect.']));
});
