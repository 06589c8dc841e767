/** Where findings stand: on a line of the run file, on one of another file, at a node of a graph, or nowhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWeighted } from '../../server/domain/config.ts';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { inRunFile, type Origin, originKey, pathOf } from '../../server/domain/origin.ts';
import { propagate } from '../../server/domain/propagation/propagate.ts';
import { checkStatically } from '../../server/domain/rules/rules.ts';
import type { FindingEvent } from '../../server/protocol/events.ts';
import { isInRunFile, placeInFile, placeText } from '../../server/protocol/finding-place.ts';
import { describeFinding } from '../../server/run-file/findings.ts';
import { placeOf } from '../../server/run-file/place.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { got } from '../support/tensor.ts';

const text = `version: 1
network:
  input: [8, 8, 1]
  init: xavier
  layers:
    - conv: {filters: 4, kernel: 3, repeat: 29}
    - dense: {units: 10}
`;
const { config, positions } = readRunFile(text, { fileName: 'a.rectiscope.yaml', folder: '/', forCheck: true });
const { network, train } = got(config, 'configuration');

/** What is found in the network of the text where its layers were written elsewhere. */
function found(originOf: (layer: number) => Origin): Omit<FindingEvent, 'event' | 'run'>[] {
  const layers = network.layers.map((layer, i) =>
    isWeighted(layer) ? { ...layer, origin: originOf(i), initOrigin: originOf(i) } : { ...layer, origin: originOf(i) },
  );
  const placed = placeNetwork({ ...network, layers });
  return checkStatically({ network: placed, train, propagation: propagate(placed) }, []).map((finding) =>
    describeFinding(finding, undefined),
  );
}

const vanishing = (findings: readonly Omit<FindingEvent, 'event' | 'run'>[]) =>
  got(
    findings.find(({ rule }) => rule === 'vanishing-gradient'),
    'finding',
  );

describe('the place of an origin', () => {
  it('of a run file is its key, or its nearest parent; nothing if there is no run file', () => {
    assert.deepEqual(placeOf(inRunFile('network', 'init'), positions), { line: 4, column: 3 });
    assert.deepEqual(placeOf(inRunFile('network', 'init_scale'), positions), { line: 2, column: 1 });
    assert.deepEqual(placeOf(inRunFile('train', 'learning_rate'), positions), { line: 1, column: 1 });
    assert.deepEqual(placeOf(inRunFile('network', 'init'), undefined), {});
  });

  it('of a source file is the line in that file', () => {
    const origin: Origin = { kind: 'source', file: 'model.py', line: 12 };
    assert.deepEqual(placeOf(origin, positions), { file: 'model.py', line: 12, column: 1 });
    assert.deepEqual(placeOf({ ...origin, column: 9 }, undefined), { file: 'model.py', line: 12, column: 9 });
  });

  it('of a graph is the node', () =>
    assert.deepEqual(placeOf({ kind: 'graph', node: '/layer1/conv1/Conv' }, positions), {
      node: '/layer1/conv1/Conv',
    }));

  it('is read by people as what a terminal opens, and in short', () => {
    const cases = [
      [{ line: 7, column: 3 }, 'a.yaml:7:3', 'line 7'],
      [{ file: 'model.py', line: 12, column: 1 }, 'model.py:12:1', 'line 12 of model.py'],
      [{ node: '/conv1/Conv' }, 'a.yaml: node /conv1/Conv', 'node /conv1/Conv'],
      [{}, 'a.yaml', undefined],
    ] as const;
    for (const [place, full, short] of cases) {
      assert.equal(placeText(place, 'a.yaml'), full);
      assert.equal(placeInFile(place), short);
    }
    assert.deepEqual(
      cases.map(([place]) => isInRunFile(place)),
      [true, false, false, false],
    );
  });
});

describe('an origin', () => {
  it('has a path where it is in a run file, and is equal to none but itself', () => {
    const origins: Origin[] = [
      inRunFile('network', 'layers', 1),
      inRunFile('network', 'layers', '1'),
      inRunFile('network', 'layers'),
      { kind: 'source', file: 'model.py', line: 1 },
      { kind: 'source', file: 'model.py', line: 1, column: 1 },
      { kind: 'graph', node: 'model.py' },
    ];
    assert.equal(new Set(origins.map(originKey)).size, origins.length);
    assert.equal(originKey(inRunFile('network', 'layers', 1)), originKey(inRunFile('network', 'layers', 1)));
    assert.deepEqual(pathOf(inRunFile('network'), 'layers', 3), ['network', 'layers', 3]);
    for (const origin of origins.slice(3)) assert.equal(pathOf(origin), undefined);
  });
});

describe('a finding in a network that was written elsewhere', () => {
  it('is on the line of the model, and its fix is only in words', () => {
    const findings = found((i) => ({ kind: 'source', file: 'src/model.py', line: 10 + i }));
    const { file, line, column, layer, fix, message } = vanishing(findings);
    assert.deepEqual({ file, line, column, layer }, { file: 'src/model.py', line: 10, column: 1, layer: 'conv1' });
    assert.deepEqual(fix, { title: 'Initialise for rectifiers: init: he', edits: [] });
    assert.match(message, /`init: xavier` leaves/);
  });

  it('names the node of the graph', () => {
    const finding = vanishing(found((i) => ({ kind: 'graph', node: `/conv${i + 1}/Conv` })));
    assert.equal(finding.node, '/conv1/Conv');
    assert.ok(!('line' in finding || 'column' in finding || 'file' in finding));
    assert.deepEqual(finding.fix?.edits, []);
  });

  it('equals the finding of the run file in every number and word', () => {
    const written = checkStatically(
      { network: placeNetwork(network), train, propagation: propagate(placeNetwork(network)) },
      [],
    );
    const { line, column, fix, ...own } = vanishing(written.map((finding) => describeFinding(finding, positions)));
    assert.deepEqual({ line, column }, { line: 4, column: 3 });
    assert.equal(fix?.edits[0]?.text, 'he');
    const {
      file: _,
      line: __,
      column: ___,
      fix: ____,
      ...elsewhere
    } = vanishing(found((i) => ({ kind: 'source', file: 'model.py', line: i + 1 })));
    assert.deepEqual(elsewhere, own);
  });

  it('has no place if no file has its subject', () => {
    const fast = { ...train, learningRate: 5 };
    const placed = placeNetwork(network);
    const finding = got(
      checkStatically({ network: placed, train: fast, propagation: propagate(placed) }, []).find(
        ({ rule }) => rule === 'learning-rate-too-high',
      ),
      'finding',
    );
    const described = describeFinding(finding, undefined);
    assert.ok(!('line' in described || 'node' in described || 'file' in described));
    assert.ok(described.message.length > 0);
  });
});
