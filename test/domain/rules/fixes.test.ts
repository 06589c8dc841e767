/**
 * A fix fixes: whatever the values in force, its edits change what the file means, in the direction in which it helps, and only a root
 * has one. Over all rules, random run files and random histories.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { placeNetwork, weightedLayers } from '../../../server/domain/network/network.ts';
import { propagate } from '../../../server/domain/propagation/propagate.ts';
import { fixTooHigh, lowerDecay, lowerRate, raiseRate } from '../../../server/domain/rules/fixes.ts';
import type { RuleContext } from '../../../server/domain/rules/observation.ts';
import type { Finding, ProposedFix } from '../../../server/domain/rules/rule.ts';
import { checkStatically, diagnose, startDiagnosis } from '../../../server/domain/rules/rules.ts';
import { applyEdits } from '../../../server/run-file/edit.ts';
import { describeFinding } from '../../../server/run-file/findings.ts';
import { readRunFile } from '../../../server/run-file/read.ts';
import { historiesOf } from '../../support/rule-histories.ts';
import { contextOf } from '../../support/rule-scenarios.ts';
import { got } from '../../support/tensor.ts';

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** A run file whose keys are written or left to their defaults. */
const texts = fc
  .record({
    depth: fc.constantFrom(2, 20),
    init: maybe(fc.constantFrom('he', 'xavier', '{gaussian: 0.01}', '{gaussian: 1.5}', '{he: fan_out}')),
    scale: maybe(fc.constantFrom(1, 0.4)),
    normalize: maybe(fc.constantFrom('standardize', 'none')),
    rate: fc.constantFrom(1e-6, 1e-4, 0.01, 0.1, 0.3, 3),
    momentum: maybe(fc.constantFrom(0, 0.9)),
    decay: maybe(fc.constantFrom(0, 1e-4, 0.0005, 5e-4, 0.02, 0.3)),
    schedule: maybe(fc.constantFrom('constant', '{step: {at: [10 steps], factor: 0.1}}')),
  })
  .map(({ depth, init, scale, normalize, rate, momentum, decay, schedule }) => {
    const keys = (values: Record<string, unknown>, indent: string) =>
      Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => `${indent}${key}: ${value}\n`)
        .join('');
    return `version: 1
data:
${keys({ source: 'fashion-mnist', normalize }, '  ')}network:
${keys({ input: '[28, 28, 1]', init, init_scale: scale }, '  ')}  layers:
    - conv: {filters: 4, kernel: 3, repeat: ${depth}}
    - dense: {units: 10}
train:
${keys({ batch_size: 32, steps: 60, learning_rate: rate, momentum, weight_decay: decay, schedule }, '  ')}`;
  });

const INPUTS = [
  { mean: 0, deviation: 1, meanSquare: 1, correlation: 0.2 },
  { mean: 73, deviation: 90, meanSquare: 13_429, correlation: 0.4 },
  { mean: 0, deviation: 0, meanSquare: 0, correlation: 0 },
  { mean: Number.NaN, deviation: Number.NaN, meanSquare: Number.NaN, correlation: 0 },
];

const read = (text: string) => readRunFile(text, { fileName: 'a.rectiscope.yaml', folder: '/' });
const LOWER = ['learning-rate-too-high', 'dead-rectifiers', 'diverged'];

/** A configuration without the places where it was written. */
const meaning = (text: string): string =>
  JSON.stringify(got(read(text).config, text), (key, value) => (/origin$/i.test(key) ? undefined : value));

/** What a fix writes. */
const written = (fix: ProposedFix | undefined): number | undefined => {
  const change = fix?.changes[0];
  return change?.kind === 'set' ? Number(change.value) : undefined;
};

describe('a fix of a number', () => {
  const positive = fc.double({ min: 1e-8, max: 1e3, noNaN: true });

  it('has its direction, whatever is in force and whatever is asked for', () => {
    const { train } = contextOf();
    fc.assert(
      fc.property(positive, positive, (inForce, asked) => {
        const own = { ...train, learningRate: inForce, weightDecay: inForce };
        assert.ok((written(lowerRate(own, asked)) ?? 0) < inForce);
        assert.ok((written(raiseRate(own, asked)) ?? Number.POSITIVE_INFINITY) > inForce);
        assert.ok((written(fixTooHigh(own)) ?? 0) < inForce);
        assert.ok((written(lowerDecay(own)) ?? 0) < inForce);
      }),
      { seed: 31, numRuns: 1000 },
    );
    assert.deepEqual(written(lowerRate({ ...train, learningRate: 0.01 }, 0.0032)), 0.003);
    assert.deepEqual(written(raiseRate({ ...train, learningRate: 0.01 }, 0.032)), 0.03);
    assert.deepEqual(written(lowerDecay({ ...train, weightDecay: 0.3 })), 0.0005);
    for (const weightDecay of [0, 1e-4, 0.0005]) assert.equal(lowerDecay({ ...train, weightDecay }), undefined);
  });
});

describe('a fix', () => {
  it('changes what is in force, the right way, and belongs to a root', () => {
    const fixed = new Map<string, number>();
    let consequences = 0;
    const judge = (text: string, finding: Finding) => {
      const { positions, config } = read(text);
      const { rule, fix, cause } = describeFinding(finding, positions);
      if (cause !== undefined) {
        consequences++;
        assert.equal(fix, undefined, `${rule} follows from ${cause}, and has a fix`);
      }
      if (!fix) return;
      fixed.set(rule, (fixed.get(rule) ?? 0) + 1);
      const after = applyEdits(positions, fix.edits);
      assert.notEqual(meaning(after), meaning(text), `${rule}: ${fix.title}\n${text}`);
      const [before, now] = [got(config, text).train, got(read(after).config, after).train];
      assert.ok(now.weightDecay <= before.weightDecay, `${rule}: ${fix.title}\n${text}`);
      if (LOWER.includes(rule)) assert.ok(now.learningRate <= before.learningRate, `${rule}: ${fix.title}\n${text}`);
      if (rule === 'learning-rate-too-low') assert.ok(now.learningRate > before.learningRate, `${fix.title}\n${text}`);
    };
    // Twenty layers have more names than two: probes of all.
    const names = [...Array.from({ length: 20 }, (_, i) => `conv${i + 1}`), 'dense1'];
    fc.assert(
      fc.property(texts, historiesOf(names), fc.constantFrom(...INPUTS), (text, observations, input) => {
        const { config } = read(text);
        const { network: layers, train } = got(config, text);
        const network = placeNetwork(layers);
        const propagation = propagate(network);
        for (const finding of checkStatically({ network, train, propagation, input }, [])) judge(text, finding);
        const context: RuleContext = {
          ...{ network, train, propagation, input },
          stepsPerEpoch: 5,
          classCounts: new Array<number>(10).fill(16),
        };
        const own = new Set(weightedLayers(network).map(({ layer }) => layer.name));
        let state = startDiagnosis();
        for (const observation of observations) {
          const seen =
            observation.kind === 'probe'
              ? { ...observation, layers: observation.layers.filter(({ name }) => own.has(name)) }
              : observation;
          const judged = diagnose(state, seen, { ...context, ignore: [] });
          state = judged.state;
          for (const finding of judged.findings) judge(text, finding);
        }
      }),
      { seed: 30, numRuns: 400, endOnFailure: true },
    );
    assert.ok(fixed.size >= 8, `fixes of ${[...fixed.keys()].join(', ')} only: the histories show too little`);
    assert.ok(consequences > 100, `${consequences} consequences`);
  });

  it('that would write the value in force, or the default, is not sent', () => {
    const { positions } = read('version: 1\ndata: {source: fashion-mnist}\nnetwork: {preset: small_14}\n');
    const at = { kind: 'run-file', path: ['train', 'weight_decay'] } as const;
    const finding = (value: string): Finding => ({
      ...{ rule: 'decay-dominates', severity: 'error', origin: at, step: 1, message: 'm', detail: 'd' },
      ...{ evidence: {}, threshold: 1, thresholdSource: 's' },
      fix: { title: 't', changes: [{ kind: 'set', at, value }] },
    });
    assert.equal(describeFinding(finding('0.0005'), positions).fix, undefined);
    assert.equal(describeFinding(finding('5e-4'), positions).fix, undefined);
    assert.ok(describeFinding(finding('0.0001'), positions).fix);
  });
});
