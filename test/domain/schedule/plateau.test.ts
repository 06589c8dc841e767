import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schedule } from '../../../server/domain/config.ts';
import {
  afterEvaluation,
  type PlateauState,
  plateauOf,
  startPlateau,
} from '../../../server/domain/schedule/plateau.ts';

const plateau: Schedule = { kind: 'plateau', factor: 0.1, patience: { value: 20, unit: 'steps' } };

/** Drops after each of the evaluations, which are ten steps apart. */
function drops(errors: readonly number[], schedule: Schedule = plateau): number[] {
  let state: PlateauState = startPlateau;
  return errors.map((top1, i) => {
    // Through JSON, as a checkpoint does it.
    const saved = JSON.parse(JSON.stringify(state)) as PlateauState;
    state = afterEvaluation(saved, { step: 10 * (i + 1), top1 }, { train: { schedule }, stepsPerEpoch: 10 });
    return state.drops;
  });
}

describe('the plateau rule', () => {
  it('keeps the rate while the error falls, however little', () =>
    assert.deepEqual(drops([50, 49.99, 49.98, 49.97, 49.96]), [0, 0, 0, 0, 0]));

  it('drops the rate after the patience without an error below the least, and again after as long', () =>
    assert.deepEqual(drops([50, 51, 50, 50, 50, 50]), [0, 0, 1, 1, 2, 2]));

  it('takes an error equal to the least for none, a lower one for progress', () => {
    assert.deepEqual(drops([50, 50, 50]), [0, 0, 1]);
    assert.deepEqual(drops([50, 60, 49, 60, 60]), [0, 0, 0, 0, 1]);
  });

  it('does not take a recovery to what was there before for progress', () =>
    assert.deepEqual(drops([40, 70, 60, 50, 45]), [0, 0, 1, 1, 2]));

  it('counts patience in epochs', () =>
    assert.deepEqual(drops([50, 50, 50, 50], { ...plateau, patience: { value: 3, unit: 'epochs' } }), [0, 0, 0, 1]));

  it('is patient only once the rate has warmed up', () => {
    const schedule: Schedule = { kind: 'warmup', duration: { value: 3, unit: 'epochs' }, next: plateau };
    assert.deepEqual(drops([50, 50, 50, 50, 50], schedule), [0, 0, 0, 0, 1]);
    assert.equal(plateauOf({ schedule }, 10)?.warmup, 30);
  });

  it('does nothing for other schedules', () =>
    assert.deepEqual(drops([50, 50, 50, 50], { kind: 'constant' }), [0, 0, 0, 0]));
});
