/** The watcher says of a run's events what the rules say of what happened, wherever the events come from. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Observation } from '../../server/domain/rules/observation.ts';
import { diagnose, startDiagnosis } from '../../server/domain/rules/rules.ts';
import type { RunEvent } from '../../server/protocol/events.ts';
import { toScalar } from '../../server/protocol/scalar.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { restoreWatch, type WatchedRun, type WatchState, watch } from '../../server/watcher/watch.ts';
import { contextOf, healthyRun, SCENARIOS, type Scenario } from '../support/rule-scenarios.ts';
import { got } from '../support/tensor.ts';

const { positions } = readRunFile('version: 1\n', { fileName: 'a.rectiscope.yaml', folder: '/', forCheck: true });

/** An observation as the line of `train --json` that reports it, read again. */
function eventOf(observation: Observation): RunEvent {
  const event = ((): object => {
    switch (observation.kind) {
      case 'start':
        return { event: 'started', run: 'r', first_step: 1 };
      case 'step': {
        const { step, loss, top1, learningRate } = observation;
        return { event: 'step', run: 'r', step, epoch: 0, loss: toScalar(loss), top1, learning_rate: learningRate };
      }
      case 'probe': {
        const layers = observation.layers.map((layer) => ({
          name: layer.name,
          gradient_norm: toScalar(layer.gradientNorm),
          weight_norm: toScalar(layer.weightNorm),
          decay_norm: toScalar(layer.decayNorm),
          update_ratio: toScalar(layer.updateRatio),
          activation_std: 'NaN',
          activation_rms: toScalar(layer.activationRms),
          dead_fraction: toScalar(layer.deadFraction),
        }));
        return { event: 'probe', run: 'r', step: observation.step, layers };
      }
      case 'evaluation': {
        const { step, epoch, loss, top1, trainLoss, trainTop1, confusion } = observation;
        const train = { train_loss: toScalar(trainLoss), train_top1: trainTop1 };
        return { event: 'evaluation', run: 'r', step, epoch, loss: toScalar(loss), top1, ...train, confusion };
      }
    }
  })();
  return JSON.parse(JSON.stringify(event)) as RunEvent;
}

const runOf = ({ context }: Pick<Scenario, 'context'>, stopOn: readonly string[] = []): WatchedRun => ({
  ...{ run: 'r', context, ignore: context.ignore, stopOn, positions },
});

/** Frozen all through; the document behind the positions apart, which is not ours. */
function frozen<T>(value: T): T {
  if (value instanceof Object && !Object.is(value, positions) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

/** The output for each event, and the state at the end; the state goes through a checkpoint before the events that are named. */
function watched(run: WatchedRun, events: readonly RunEvent[], isRestored: (i: number) => boolean = () => false) {
  let state: WatchState = restoreWatch();
  const said = events.map((event, i) => {
    const before = isRestored(i) ? restoreWatch(JSON.parse(JSON.stringify(state))) : state;
    const result = watch(frozen(before), frozen(event), frozen(run));
    state = result.state;
    return result.events;
  });
  return { state, said };
}

/** Ids of the rules that found something. */
const found = (said: readonly (readonly RunEvent[])[]): string[] =>
  said.flat().flatMap((event) => (event.event === 'finding' ? [event.rule] : []));

const stalled = got(
  SCENARIOS.find(({ rule }) => rule === 'stalled'),
  'scenario',
);

describe('the watcher', () => {
  for (const scenario of SCENARIOS) {
    const { rule, name, context, observations, recovery = [] } = scenario;
    const all = [...observations, ...recovery];
    const events = all.map(eventOf);

    it(`finds from events what ${rule} (${name}) finds from observations, and does not modify its input`, () => {
      let rules = startDiagnosis();
      const expected = all.map((observation) => {
        const judged = diagnose(rules, observation, context);
        rules = judged.state;
        return [
          ...judged.recovered.map((one) => `${one.rule} ${one.found} recovered at ${one.step}`),
          ...judged.findings.map((one) => `${one.rule} at ${one.step}: ${one.message}`),
        ];
      });
      const { state, said } = watched(runOf(scenario), events);
      assert.deepEqual(
        said.map((each) =>
          each.map((event) =>
            event.event === 'recovered'
              ? `${event.rule} ${event.found} recovered at ${event.step}`
              : `${event.rule} at ${event.step}: ${event.message}`,
          ),
        ),
        expected,
      );
      assert.ok(found(said).includes(rule));
      assert.deepEqual(state, { rules });
    });

    it(`gives the same findings of ${rule} (${name}) if it is restored before every event`, () =>
      assert.deepEqual(watched(runOf(scenario), events, () => true).said, watched(runOf(scenario), events).said));
  }

  it('leaves the state unchanged if no rule uses an event', () => {
    const { state } = watched(runOf(stalled), stalled.observations.map(eventOf));
    const others: RunEvent[] = [
      { event: 'notice', run: 'r', step: 3, message: 'A restart.' },
      { event: 'checkpoint', run: 'r', step: 3, file: '/c', weights_hash: 'h' },
      { event: 'end', run: 'r', state: 'finished', step: 3, epoch: 1, seconds: 2 },
    ];
    for (const event of others) {
      const result = watch(state, event, runOf(stalled));
      assert.equal(result.state, state);
      assert.deepEqual(result.events, []);
    }
  });

  it('judges the start of a run once: not when it is resumed', () => {
    const raw = got(
      SCENARIOS.find(({ rule }) => rule === 'input-not-normalized'),
      'scenario',
    );
    const started = eventOf({ kind: 'start' });
    assert.deepEqual(found(watched(runOf(raw), [started]).said), ['input-not-normalized']);
    const again = { ...started, first_step: 11 } as RunEvent;
    assert.deepEqual(watched(runOf(raw), [again]).said, [[]]);
  });
});

describe('a run that is reported without probes', () => {
  // The gradient vanishes, which only a probe shows; that nothing is learnt the losses show.
  const events = stalled.observations.map(eventOf);
  const scenario = { context: contextOf({ network: { init: 'xavier' } }) };

  it('is judged by the rules that losses and errors are enough for', () => {
    assert.deepEqual(found(watched(runOf(scenario), events).said), ['stalled']);
    const [finding] = watched({ ...runOf(scenario), positions: undefined }, events)
      .said.flat()
      .filter(({ event }) => event === 'finding');
    assert.ok(finding && !('line' in finding), 'a run without a run file has no line to show');
    const evaluated = healthyRun().filter(({ kind }) => kind !== 'probe');
    assert.deepEqual(found(watched(runOf(scenario), evaluated.map(eventOf)).said), []);
  });

  it('is judged by the others, too, once there are probes', () => {
    const probes = SCENARIOS.find(({ rule }) => rule === 'vanishing-gradient')?.observations ?? [];
    const { said } = watched(runOf(scenario), [...probes.map(eventOf), ...events]);
    assert.deepEqual(
      found(said).filter((rule) => rule.startsWith('vanishing-gradient') || rule === 'stalled'),
      ['vanishing-gradient', 'stalled'],
    );
  });
});

describe('the finding that ends a run', () => {
  const events = stalled.observations.map(eventOf);
  const run = runOf(stalled, ['stalled', 'diverged']);

  it('is the first that is to end it, and stays that', () => {
    const { state, said } = watched(run, events);
    const finding = said.flat().find((event) => event.event === 'finding' && event.rule === 'stalled');
    assert.ok(finding?.event === 'finding');
    assert.deepEqual(state.stopping, { rule: 'stalled', message: finding.message });
    const lost = eventOf({ kind: 'step', step: 101, loss: Number.NaN, top1: 90, learningRate: 0.01 });
    const later = watch(state, lost, run);
    assert.ok(later.events.some((event) => event.event === 'finding' && event.rule === 'diverged'));
    assert.deepEqual(later.state.stopping, state.stopping);
  });

  it('never comes from a rule that only reports', () =>
    assert.equal(watched(runOf(stalled, ['diverged']), events).state.stopping, undefined));

  it('is in the checkpoint; a user who resumes the run wants it to continue', () => {
    const saved = JSON.parse(JSON.stringify(watched(run, events).state));
    assert.deepEqual(restoreWatch(saved).stopping, saved.stopping);
    const goesOn = restoreWatch(saved, { goesOn: true });
    assert.ok(!('stopping' in goesOn));
    assert.deepEqual(goesOn.rules, saved.rules);
  });

  it('is restored from a checkpoint as they were written before there was a watcher', () => {
    // Of the state of a checkpoint, what concerns the rules; beside it were step, errors, the engine and more.
    const saved = {
      step: 100,
      seconds: 12.5,
      rules: {
        history: {
          step: 100,
          losses: [2.3],
          top1: [90],
          stepsAtRate: 100,
          firstLoss: 2.31,
          least: 2.29,
          greatest: 2.32,
        },
        agreed: [],
        standing: [{ rule: 'stalled', step: 100, over: 0 }],
      },
      stopping: { rule: 'stalled' as const, message: 'Nothing is learnt.' },
    };
    const restored = restoreWatch(saved);
    assert.deepEqual(Object.keys(restored), ['rules', 'stopping']);
    assert.equal(restored.rules.history.firstLoss, 2.31);
    assert.deepEqual(restored.rules.standing, saved.rules.standing);
    assert.deepEqual(restored.stopping, saved.stopping);
  });
});
