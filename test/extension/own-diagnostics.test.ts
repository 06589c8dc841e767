import assert from 'node:assert/strict';
import test from 'node:test';
import { ownDiagnostics } from '../../extension/own-diagnostics.ts';
import manifest from '../../package.json' with { type: 'json' };
import { RUN_FILE_RULE, YAML_RULE } from '../../server/run-file/mistake.ts';

const diagnostics = [{ code: YAML_RULE }, { code: RUN_FILE_RULE }, { code: 'vanishing-gradient' }, {}];

test('with Red Hat’s YAML extension beside ours, each mistake is reported once', () => {
  assert.deepEqual(ownDiagnostics(diagnostics, { yamlIsChecked: true }), diagnostics.slice(1));
  // Without a schema of ours, Red Hat's knows YAML only.
  assert.ok(!('yamlValidation' in manifest.contributes));
});

test('without it, all of them are ours', () =>
  assert.deepEqual(ownDiagnostics(diagnostics, { yamlIsChecked: false }), diagnostics));
