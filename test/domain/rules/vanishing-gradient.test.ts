/** The rule of the product's first promise: a network whose gradient vanishes is named, on the line that causes it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeNetwork } from '../../../server/domain/network/network.ts';
import type { ProbedLayer } from '../../../server/domain/probe/quantities.ts';
import { propagate } from '../../../server/domain/propagation/propagate.ts';
import type { Observation, RuleContext } from '../../../server/domain/rules/observation.ts';
import type { Finding } from '../../../server/domain/rules/rule.ts';
import { type DiagnosisState, diagnose, startDiagnosis } from '../../../server/domain/rules/rules.ts';
import { checkRunFile } from '../../../server/run-file/check.ts';
import { describeFinding } from '../../../server/run-file/findings.ts';
import { configOf } from '../../support/networks.ts';
import { got } from '../../support/tensor.ts';

const ID = 'vanishing-gradient';
const LIMIT = 3e-3;

const config = configOf({
  network: {
    input: [8, 8, 1],
    init: 'xavier',
    layers: [{ conv: { filters: 4, kernel: 3, repeat: 29 } }, { dense: { units: 10 } }],
  },
  train: { batch_size: 64, steps: 100, learning_rate: 0.01 },
});
const network = placeNetwork(config.network);
const context: RuleContext & { ignore: readonly string[] } = {
  network,
  train: config.train,
  stepsPerEpoch: 200,
  classCounts: new Array<number>(10).fill(100),
  input: { mean: 0, deviation: 1, meanSquare: 1, correlation: 0 },
  propagation: propagate(network),
  ignore: [],
};

/** A batch's loss while nothing is learnt, and its error. */
const step = (at: number, loss = Math.log(10), top1 = 90): Observation => ({
  kind: 'step',
  step: at,
  loss,
  top1,
  learningRate: 0.01,
});

/** A probe of three layers whose gradients are these shares of their weights' norms. */
const probe = (
  at: number,
  perWeight: readonly [number, number, number],
  change: Partial<ProbedLayer> = {},
): Observation => ({
  kind: 'probe',
  step: at,
  layers: perWeight.map((share, i) => ({
    name: ['conv1', 'conv2', 'dense1'][i] ?? '',
    gradientNorm: share * 2,
    weightNorm: 2,
    decayNorm: 0,
    updateRatio: 0.001,
    activationStd: 1,
    activationRms: 1,
    deadFraction: 0,
    ...change,
  })),
});

/** What the rule says to a history, and when. */
function findings(
  observations: readonly Observation[],
  { ignore = [] as string[], roundTrip = false } = {},
): Finding[] {
  let state: DiagnosisState = startDiagnosis();
  return observations.flatMap((observation) => {
    const result = diagnose(roundTrip ? JSON.parse(JSON.stringify(state)) : state, observation, { ...context, ignore });
    state = result.state;
    return result.findings.filter(({ rule }) => rule === ID);
  });
}

const low = LIMIT * 0.99;
const high = LIMIT * 1.01;
const small = [low, low, low] as const;

describe('vanishing-gradient, live', () => {
  it('speaks at the second probe in a row below the limit', () => {
    const found = findings([step(1), probe(1, small), step(2), probe(2, small)]);
    assert.deepEqual(
      found.map(({ step: at, severity }) => [at, severity]),
      [[2, 'error']],
    );
    assert.deepEqual(findings([step(1), probe(1, small)]), []);
  });

  it('needs the two in a row', () => {
    const enough = [high, high, high] as const;
    assert.deepEqual(findings([probe(1, small), probe(2, enough), probe(5, small)]), []);
    assert.equal(findings([probe(1, small), probe(2, enough), probe(5, small), probe(10, small)])[0]?.step, 10);
  });

  it('judges the median layer: one layer alone is not enough', () => {
    assert.deepEqual(findings([probe(1, [1e-9, high, high]), probe(2, [1e-9, high, high])]), []);
    assert.equal(findings([probe(1, [high, low, low]), probe(2, [high, low, low])]).length, 1);
  });

  it('names the layer with the least, and what was measured', () => {
    const found = got(findings([probe(1, small), probe(2, [low, 1e-6, low])])[0], 'finding');
    assert.equal(found.layer, 'conv2');
    assert.ok(Math.abs((found.measured ?? 0) - low) < 1e-12);
    assert.equal(found.threshold, LIMIT);
    assert.deepEqual(found.evidence['least_layer'], 'conv2');
    assert.equal(found.predicted, context.propagation.backwardFactor);
  });

  it('reports a gradient of 0 but not NaN', () => {
    assert.equal(findings([probe(1, [0, 0, 0]), probe(2, [0, 0, 0])]).length, 1);
    assert.deepEqual(findings([probe(1, [Number.NaN, Number.NaN, low]), probe(2, [Number.NaN, Number.NaN, low])]), []);
  });

  it('is silent after step 50: a finished network has a small gradient', () => {
    assert.equal(findings([probe(40, small), probe(50, small)])[0]?.step, 50);
    assert.deepEqual(findings([probe(50, small), probe(60, small), probe(70, small)]), []);
  });

  it('is silent once the network has begun to learn', () => {
    const learnt = Array.from({ length: 20 }, (_, i) => step(i + 1, 1, 30));
    assert.deepEqual(findings([...learnt, probe(20, small), probe(30, small)]), []);
  });

  it('is silent after the loss has risen: a rate that blew up kills the gradient too', () => {
    const risen = [step(1), step(2, 1.31 * Math.log(10)), step(3)];
    assert.deepEqual(findings([...risen, probe(5, small), probe(10, small)]), []);
    const steady = [step(1), step(2, 1.29 * Math.log(10)), step(3)];
    assert.equal(findings([...steady, probe(5, small), probe(10, small)]).length, 1);
  });

  it('is silent if a layer is dead: that has its own rule', () => {
    const dead = { deadFraction: 0.9 };
    assert.deepEqual(findings([probe(1, small, dead), probe(2, small, dead)]), []);
    const alive = { deadFraction: 0.89 };
    assert.equal(findings([probe(1, small, alive), probe(2, small, alive)]).length, 1);
  });

  it('reports once per run, and never if it is ignored', () => {
    const all = [1, 2, 5, 10, 20].map((at) => probe(at, small));
    assert.equal(findings(all).length, 1);
    assert.deepEqual(findings(all, { ignore: [ID] }), []);
  });

  it('says the same when its state goes through a checkpoint at every step', () => {
    const history = [
      step(1),
      probe(1, small),
      step(2, Number.NaN),
      step(3),
      probe(5, [high, high, high]),
      probe(10, small),
      probe(20, small),
      probe(30, small),
    ];
    assert.deepEqual(findings(history, { roundTrip: true }), findings(history));
    assert.equal(findings(history).length, 1);
  });
});

const file = (init: string, layers: string) => `network:
  input: [28, 28, 1]
${init}  layers:
${layers}
`;
const deep = (more = '') =>
  `    - conv: {filters: 16, kernel: 3, repeat: 29${more}}\n    - global_average_pool\n    - dense: {units: 10${more}}`;
const check = (text: string) => {
  const { checked, runFile } = checkRunFile(text, { fileName: 'a.rectiscope.yaml', folder: '/runs' });
  assert.deepEqual(runFile.mistakes, []);
  return got(checked, 'network').findings.filter(({ rule }) => rule === ID);
};

/** The text with a fix's edits made, last one first. */
function fixed(
  text: string,
  edits: readonly { line: number; column: number; end_line: number; end_column: number; text: string }[],
): string {
  const lines = text.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return edits
    .map((edit) => ({
      from: offset(edit.line, edit.column),
      to: offset(edit.end_line, edit.end_column),
      text: edit.text,
    }))
    .toSorted((a, b) => b.from - a.from)
    .reduce((result, { from, to, text: inserted }) => result.slice(0, from) + inserted + result.slice(to), text);
}

describe('vanishing-gradient, static', () => {
  it('finds nothing in 30 layers of `he`', () => {
    assert.deepEqual(check(file('  init: he\n', deep())), []);
    assert.deepEqual(check(file('', deep())), []);
  });

  for (const [name, init] of [
    ['xavier', 'xavier'],
    ['gaussian', '{gaussian: 0.01}'],
    ['xavier by fan-out', '{xavier: fan_out}'],
  ] as const)
    it(`finds ${name} in 30 layers an error on the line of \`init\`, and the fix leaves nothing to find`, () => {
      const text = file(`  init: ${init}\n`, deep());
      const [found] = check(text);
      assert.ok(found);
      assert.equal(found.severity, 'error');
      assert.deepEqual([found.line, found.step], [3, 0]);
      assert.match(found.message, /will not learn/);
      assert.ok(found.message.includes(`\`init: ${init}\``), found.message);
      assert.ok(Number(found.predicted) < 3e-4);
      const repaired = fixed(text, got(found.fix, 'fix').edits);
      assert.match(repaired, /^ {2}init: he$/m);
      assert.deepEqual(check(repaired), []);
    });

  it('finds `xavier` in 17 layers a warning: they learn, late', () => {
    const layers =
      '    - conv: {filters: 16, kernel: 3, repeat: 16}\n    - global_average_pool\n    - dense: {units: 10}';
    const [found] = check(file('  init: xavier\n', layers));
    assert.equal(found?.severity, 'warning');
    assert.match(got(found, 'finding').message, /learn late/);
    assert.equal(found?.threshold, 3e-2);
  });

  it('finds nothing in a few layers of `xavier`, nor in linear ones', () => {
    assert.deepEqual(
      check(file('  init: xavier\n', '    - conv: {filters: 16, kernel: 3, repeat: 5}\n    - dense: {units: 10}')),
      [],
    );
    assert.deepEqual(check(file('  init: xavier\n  activation: none\n', deep())), []);
  });

  it('names the layer’s line where the layer has the initialisation, and the fix takes it away', () => {
    const text = file('', deep(', init: xavier'));
    const [found] = check(text);
    assert.equal(got(found, 'finding').line, 4);
    const repaired = fixed(text, got(found?.fix, 'fix').edits);
    assert.ok(!repaired.includes('xavier'), repaired);
    assert.deepEqual(check(repaired), []);
  });

  it('is silent where it is ignored', () => {
    assert.deepEqual(check(`${file('  init: xavier\n', deep())}diagnose: {ignore: [vanishing-gradient]}\n`), []);
  });

  it('is, live, on the same line with the same fix', () => {
    const text = file('  init: xavier\n', deep());
    const { runFile } = checkRunFile(text, { fileName: 'a', folder: '/' });
    const own = placeNetwork(got(runFile.config, 'config').network);
    let state = startDiagnosis();
    const found = [probe(1, small), probe(2, small)].flatMap((observation) => {
      const result = diagnose(state, observation, { ...context, network: own, propagation: propagate(own) });
      state = result.state;
      return result.findings
        .filter(({ rule }) => rule === ID)
        .map((finding) => describeFinding(finding, runFile.positions));
    });
    assert.equal(found.length, 1);
    assert.equal(found[0]?.line, 3);
    assert.deepEqual(found[0]?.fix, check(text)[0]?.fix);
  });
});
