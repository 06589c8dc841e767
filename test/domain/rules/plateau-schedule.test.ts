/** The schedule `plateau` and the rule `plateaued` look for the same thing: where the schedule is to act, the rule waits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '../../../server/domain/rules/rule.ts';
import { type DiagnosisState, diagnose, startDiagnosis } from '../../../server/domain/rules/rules.ts';
import { afterEvaluation, startPlateau } from '../../../server/domain/schedule/plateau.ts';
import { isDropAhead, learningRate } from '../../../server/domain/schedule/schedule.ts';
import { readRunFile } from '../../../server/run-file/read.ts';
import { contextOf, step } from '../../support/rule-scenarios.ts';

/** Step at which the loss of `simulate` has stood still long enough for the rule: 60, two windows of 40, twenty in a row. */
const EVIDENT = 145;

/** A loss that falls to 1.5 until step `falling` and stands still there, and an error that never falls: what schedule and rule do. */
function simulate(schedule: unknown, length = 1000, falling = 60) {
  const context = contextOf({ train: { schedule, steps: length } });
  const { train, stepsPerEpoch } = context;
  let plateau = startPlateau;
  let state: DiagnosisState = startDiagnosis();
  const findings: Finding[] = [];
  const drops: number[] = [];
  for (let at = 1; at <= length; at++) {
    const rate = learningRate(train, { step: at, stepsPerEpoch, drops: plateau.drops });
    const loss = at < falling ? Math.log(10) - (0.81 * at) / falling : 1.5 * (1 + 0.05 * Math.sin(at * 2.4));
    const judged = diagnose(state, step(at, loss, 45, rate), context);
    state = JSON.parse(JSON.stringify(judged.state)) as DiagnosisState;
    findings.push(...judged.findings.filter(({ rule }) => rule === 'plateaued'));
    if (at % stepsPerEpoch > 0) continue;
    const before = plateau.drops;
    plateau = afterEvaluation(plateau, { step: at, top1: 45 }, { train, stepsPerEpoch });
    if (plateau.drops > before) drops.push(at);
  }
  return { findings, drops, rate: train.learningRate };
}

describe('the rule plateaued beside a schedule', () => {
  it('speaks of a constant rate as soon as the loss has stood still long enough', () =>
    assert.deepEqual(
      simulate('constant').findings.map((finding) => finding.step),
      [EVIDENT],
    ));

  it('speaks however late that is: every judgement has both of its windows, which grow', () => {
    const [finding, ...more] = simulate('constant', 1500, 500).findings;
    assert.deepEqual(more, []);
    // Two windows of a quarter of the steps so far, all of it still: from step 1,000 on at the latest, and twenty in a row.
    assert.ok(finding && finding.step > 600 && finding.step <= 1020, `step ${finding?.step}`);
  });

  it('is silent while the plateau rule is patient, and up to its third drop', () => {
    const { findings, drops } = simulate({ plateau: { factor: 0.1, patience: '120 steps' } });
    assert.deepEqual(drops.slice(0, 3), [140, 260, 380]);
    // Its windows of 40 steps begin anew at the drop; twenty judgements in a row.
    assert.deepEqual(
      findings.map((finding) => finding.step),
      [380 + 80 + 19],
    );
    assert.match(findings[0]?.message ?? '', /since the learning rate dropped to 1e-5/);
    assert.equal(findings[0]?.fix, undefined);
  });

  it('reports if patience would end after the run', () => {
    const patient = { plateau: { factor: 0.1, patience: '200 steps' } };
    const { findings, drops } = simulate(patient, 199);
    assert.deepEqual([drops, findings.map((finding) => finding.step)], [[], [EVIDENT]]);
    assert.deepEqual(
      simulate(patient, 340)
        .findings.map((finding) => finding.step)
        .filter((at) => at < 140),
      [],
    );
  });

  it('is silent until the last drop that is written down, behind a warm-up too', () => {
    const at = { step: { at: ['5 epochs', '300 steps'], factor: 0.1 } };
    // biome-ignore lint/suspicious/noThenProperty: the run file's name for the key; nothing awaits it.
    for (const schedule of [at, { warmup: '20 steps', then: at }]) {
      const { findings } = simulate(schedule);
      assert.deepEqual(
        findings.map((finding) => finding.step),
        [300 + 80 + 19],
      );
      assert.equal(findings[0]?.fix?.title, 'Keep the learning rate: schedule: constant');
    }
    // A drop that is written down for after the end is none.
    assert.deepEqual(
      simulate({ step: { at: ['300 steps'], factor: 0.1 } }, 290).findings.map((finding) => finding.step),
      [EVIDENT],
    );
  });

  it('detects a drop at the exact step: the rate of step 31 is the first lower one', () => {
    const schedule = { kind: 'step', at: [{ value: 30, unit: 'steps' }], factor: 0.1 } as const;
    const ahead = (at: number) =>
      isDropAhead(schedule, { step: at, last: 100, stepsPerEpoch: 10, rate: 1, peakRate: 1 });
    assert.deepEqual([29, 30, 31].map(ahead), [true, true, false]);
  });

  it('ends no run: stop_on refuses it on its line', () => {
    const text = 'version: 1\nnetwork: {preset: small_14}\ndiagnose:\n  stop_on: [stalled, plateaued]\n';
    const { mistakes } = readRunFile(text, { fileName: 'a', folder: '/', forCheck: true });
    assert.deepEqual(
      mistakes.map(({ range }) => [range.line, range.column]),
      [[4, 22]],
    );
    assert.match(mistakes[0]?.message ?? '', /`stalled` or `diverged`/);
  });
});
