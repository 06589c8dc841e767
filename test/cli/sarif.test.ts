/** `rectiscope check --sarif`: what SARIF 2.1.0 requires of a log, and that findings stand where `--json` says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { reportPlace, sarifLog } from '../../server/cli/sarif.ts';
import { RULES } from '../../server/domain/rules/rules.ts';
import sarifSchema from '../fixtures/sarif-2.1.0.schema.json' with { type: 'json' };

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-sarif-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const deep = (init: string): string =>
  [
    'version: 1',
    'data: {source: fashion-mnist}',
    'network:',
    '  input: [28, 28, 1]',
    `  init: ${init}`,
    '  layers: [{conv: {filters: 8, kernel: 3, repeat: 29}}, {dense: {units: 10}}]',
    'train: {batch_size: 64, epochs: 1, learning_rate: 0.01}',
    '',
  ].join('\n');

writeFileSync(join(folder, 'deep one.rectiscope.yaml'), deep('xavier'));
writeFileSync(join(folder, 'good.rectiscope.yaml'), deep('he'));
writeFileSync(join(folder, 'bad.rectiscope.yaml'), deep('hee'));

function check(...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'check', ...parameters], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stderr, json: () => JSON.parse(stdout) };
}

/** OASIS' schema as `@microsoft/jest-sarif` (MIT) carries it. It is of draft 4 by name alone: nothing in it has changed since. */
const { $schema: _, id: __, ...schema } = sarifSchema;
const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

type Log = ReturnType<typeof sarifLog>;

/** The `required` of the schema's objects that we write, and what they may hold. */
function assertSarif({ $schema, version, runs }: Log): void {
  assert.match($schema, /sarif-schema-2\.1\.0\.json$/);
  assert.equal(version, '2.1.0');
  for (const { tool, results, columnKind } of runs) {
    const { name, rules } = tool.driver;
    assert.ok(name);
    assert.equal(columnKind, 'utf16CodeUnits');
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const rule of rules) {
      assert.match(rule.id, /^[a-z-]+$/);
      for (const { text } of [rule.shortDescription, rule.fullDescription, rule.help]) assert.ok(text.length > 10);
    }
    for (const { ruleId, ruleIndex, level, message, locations, fixes } of results) {
      assert.equal(rules[ruleIndex]?.id, ruleId);
      assert.ok(['none', 'note', 'warning', 'error'].includes(level));
      assert.ok(message.text);
      for (const { physicalLocation } of locations) {
        assert.doesNotMatch(physicalLocation.artifactLocation.uri, /[ \\]/);
        assert.ok(physicalLocation.region);
        assert.ok(physicalLocation.region.startLine >= 1 && physicalLocation.region.startColumn >= 1);
      }
      for (const fix of fixes ?? [])
        for (const { artifactLocation, replacements } of fix.artifactChanges) {
          assert.ok(artifactLocation.uri && replacements.length > 0);
          for (const { deletedRegion } of replacements) assert.ok(deletedRegion.startLine >= 1);
        }
    }
  }
}

describe('check --sarif', () => {
  it('is one log of all files, with the same places as --json', () => {
    const { status, json, stderr } = check('deep one.rectiscope.yaml', 'good.rectiscope.yaml', '--sarif');
    assert.equal(status, 3, stderr);
    const log: Log = json();
    assertSarif(log);
    assert.ok(isSarif(log), JSON.stringify(isSarif.errors));
    const { findings } = check('deep one.rectiscope.yaml', '--json').json();
    const [run] = log.runs;
    assert.ok(findings.length > 0);
    assert.deepEqual(
      run?.results.map(({ ruleId, message, locations }) => ({ ruleId, text: message.text, locations })),
      findings.map((finding: { rule: string; message: string; line: number; column: number }) => ({
        ruleId: finding.rule,
        text: finding.message,
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'deep%20one.rectiscope.yaml' },
              region: { startLine: finding.line, startColumn: finding.column },
            },
          },
        ],
      })),
    );
    assert.deepEqual(run?.results[0]?.fixes?.[0]?.artifactChanges[0]?.replacements[0]?.insertedContent, { text: 'he' });
    assert.deepEqual(
      run?.tool.driver.rules.map(({ id }) => id),
      [...RULES.map(({ id }) => id), 'run-file'],
    );
  });

  it('reports why a file can’t be read, and excludes --json', () => {
    const { status, json } = check('bad.rectiscope.yaml', '--sarif');
    assert.equal(status, 2);
    const log: Log = json();
    assertSarif(log);
    assert.ok(isSarif(log), JSON.stringify(isSarif.errors));
    const [mistake] = log.runs[0]?.results ?? [];
    assert.equal(mistake?.ruleId, 'run-file');
    assert.deepEqual(mistake?.locations[0]?.physicalLocation.region, {
      startLine: 5,
      startColumn: 9,
      endLine: 5,
      endColumn: 12,
    });
    assert.equal(check('bad.rectiscope.yaml', '--sarif', '--json').status, 2);
  });
});

describe('a log of findings outside the run file', () => {
  const base = { rule: 'vanishing-gradient', severity: 'error', message: 'It vanishes.' } as const;
  const fix = { title: 'Draw the weights by He', edits: [] };
  const log = sarifLog(
    [
      {
        file: 'model.onnx',
        reports: [
          { ...base, ...reportPlace({ file: 'src/my model.py', line: 12, column: 1 }), fix },
          { ...base, ...reportPlace({ node: '/layer1/conv1/Conv' }), fix },
          { ...base, ...reportPlace({}) },
        ],
      },
    ],
    '1.2.3',
  );
  const [run] = log.runs;

  it('is SARIF', () => assert.ok(isSarif(log), JSON.stringify(isSarif.errors)));

  it('names the file and line of the model, or the node of the graph', () =>
    assert.deepEqual(
      run?.results.flatMap(({ locations }) => locations),
      [
        {
          physicalLocation: {
            artifactLocation: { uri: 'src/my%20model.py' },
            region: { startLine: 12, startColumn: 1 },
          },
        },
        {
          physicalLocation: { artifactLocation: { uri: 'model.onnx' } },
          logicalLocations: [{ fullyQualifiedName: '/layer1/conv1/Conv' }],
        },
        { physicalLocation: { artifactLocation: { uri: 'model.onnx' } } },
      ],
    ));

  it('has a fix without edits as text', () => {
    assert.deepEqual(
      run?.results.map(({ message }) => message.text),
      ['It vanishes. Fix: Draw the weights by He.', 'It vanishes. Fix: Draw the weights by He.', 'It vanishes.'],
    );
    assert.ok(run?.results.every((result) => !('fixes' in result)));
  });
});
