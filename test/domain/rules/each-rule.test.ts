/** Every rule speaks when it has to, at the very observation that completes the evidence; its numbers are those given; it ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Observation } from '../../../server/domain/rules/observation.ts';
import type { Finding, Recovery } from '../../../server/domain/rules/rule.ts';
import { ruleIds } from '../../../server/domain/rules/rule-ids.ts';
import { type DiagnosisState, diagnose, RULES, startDiagnosis } from '../../../server/domain/rules/rules.ts';
import { contextOf, healthyRun, SCENARIOS, type Scenario } from '../../support/rule-scenarios.ts';
import { got } from '../../support/tensor.ts';

/** What one rule says to a history, and when its findings end: by the index of the observation. */
function told({ rule, context }: Pick<Scenario, 'rule' | 'context'>, observations: readonly Observation[]) {
  let state: DiagnosisState = startDiagnosis();
  const findings: { at: number; finding: Finding }[] = [];
  const ends: { at: number; recovery: Recovery }[] = [];
  for (const [at, observation] of observations.entries()) {
    const judged = diagnose(state, observation, context);
    state = JSON.parse(JSON.stringify(judged.state)) as DiagnosisState;
    for (const finding of judged.findings) if (finding.rule === rule) findings.push({ at, finding });
    for (const recovery of judged.recovered) if (recovery.rule === rule) ends.push({ at, recovery });
  }
  return { findings, ends };
}

describe('each rule', () => {
  it('is known by its id, once, and has a scenario', () => {
    const ids: readonly string[] = RULES.map(({ id }) => id).toSorted();
    assert.deepEqual(ids, ruleIds.toSorted());
    assert.deepEqual([...new Set(SCENARIOS.map(({ rule }) => rule))].toSorted(), ruleIds.toSorted());
  });

  for (const scenario of SCENARIOS) {
    const { rule, name, context, observations, severity, measured, recovery } = scenario;
    it(`${rule} (${name}) speaks when its evidence is complete, and not before`, () => {
      const { findings, ends } = told(scenario, observations);
      assert.equal(findings.length, 1);
      const { at, finding } = got(findings[0], 'finding');
      assert.equal(at, observations.length - 1, `it speaks with observation ${at}`);
      assert.equal(finding.severity, severity);
      assert.deepEqual(ends, []);
      const close = Number.isFinite(measured)
        ? Math.abs((finding.measured ?? Number.NaN) - measured) <=
          0.02 * Math.abs(measured) + 0.02 * (measured === 0 ? 1 : 0)
        : Object.is(finding.measured, measured);
      assert.ok(close, `measured ${finding.measured}, not ${measured}`);
      assert.ok(finding.thresholdSource.length > 10 && finding.detail.length > 100);
      assert.ok(Object.keys(finding.evidence).length > 0);
    });

    it(`${rule} (${name}) stays silent if it is ignored`, () => {
      const ignoring = { ...scenario, context: { ...context, ignore: [rule] } };
      assert.deepEqual(told(ignoring, observations).findings, []);
    });

    if (recovery)
      it(`${rule} (${name}) ends with the last of its recovery, and not before`, () => {
        const all = [...observations, ...recovery];
        const { findings, ends } = told(scenario, all);
        assert.deepEqual(
          ends.map(({ at }) => at),
          [all.length - 1],
        );
        assert.equal(ends[0]?.recovery.found, findings[0]?.finding.step);
      });
    else
      it(`${rule} (${name}) does not end by itself`, () => {
        const after = healthyRun(context).filter(({ kind }) => kind !== 'start' && kind !== 'evaluation');
        const broken = after.map((one) => (one.kind === 'step' ? { ...one, loss: Number.NaN, top1: 90 } : one));
        assert.deepEqual(told(scenario, [...observations, ...broken]).ends, []);
      });
  }

  it('stays silent on a run that learns', () => {
    for (const { id } of RULES) assert.deepEqual(told({ rule: id, context: contextOf() }, healthyRun()).findings, []);
  });

  it('puts a stall beneath training data that explains it, not beneath a fault of a few images', () => {
    const of = (name: string, severity: string) =>
      got(
        SCENARIOS.find(({ rule, severity: own }) => rule === name && own === severity),
        'scenario',
      );
    const stall = of('stalled', 'error');
    const causeBeside = ({ context, observations }: Scenario) =>
      told({ rule: 'stalled', context }, [...observations, ...stall.observations]).findings[0]?.finding.cause;
    assert.equal(causeBeside(of('duplicates-across-classes', 'error')), 'duplicates-across-classes');
    assert.equal(causeBeside(of('duplicates-across-classes', 'warning')), undefined);
    assert.equal(causeBeside(of('validation-overlaps-training', 'error')), undefined);
  });

  it('lists a stalled run’s causes first, and their consequences beneath', () => {
    const scenario = got(
      SCENARIOS.find(({ rule }) => rule === 'vanishing-gradient'),
      'scenario',
    );
    const stall = got(
      SCENARIOS.find(({ rule }) => rule === 'stalled'),
      'scenario',
    );
    const { findings } = told({ rule: 'stalled', context: scenario.context }, [
      ...scenario.observations,
      ...stall.observations,
    ]);
    assert.equal(findings[0]?.finding.cause, 'vanishing-gradient');
  });
});
