import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimeLeft } from '../../server/figures/time-left.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';

/** A run of 1,000 steps at a step, having trained for so many seconds. */
const at = (step: number, seconds: number, change: Partial<RunSummary> = {}): RunSummary => ({
  run: 'r-1',
  name: 'a',
  state: 'running',
  step,
  steps: 1000,
  epoch: step / 100,
  file: '/a.rectiscope.yaml',
  created: '2026-11-24T00:00:00.000Z',
  seconds,
  findings: 0,
  note: '',
  tags: [],
  starred: false,
  ...change,
});

describe('time left', () => {
  it('is not known before a second of training has been seen', () => {
    const left = new TimeLeft();
    left.take([at(10, 100)]);
    assert.equal(left.of(at(10, 100)), undefined);
    left.take([at(12, 100.5)]);
    assert.equal(left.of(at(12, 100.5)), undefined);
  });

  it('follows the speed, not the time since the start', () => {
    const left = new TimeLeft();
    // 500 s went into loading; since then 10 steps a second.
    for (let second = 0; second <= 5; second++) left.take([at(second * 10, 500 + second)]);
    assert.equal(left.of(at(50, 505)), 95);
  });

  it('leaves the first steps out, which load and warm up', () => {
    const left = new TimeLeft();
    left.take([at(1, 20)]);
    for (let second = 0; second <= 5; second++) left.take([at(5 + second * 10, 22 + second)]);
    assert.equal(left.of(at(55, 27)), 94.5);
  });

  it('forgets a speed of more than a minute ago', () => {
    const left = new TimeLeft();
    for (let second = 0; second <= 100; second++) left.take([at(second, second)]);
    for (let second = 1; second <= 80; second++) left.take([at(100 + second * 5, 100 + second)]);
    assert.equal(left.of(at(500, 180)), 100);
  });

  it('starts over after a restart from a checkpoint', () => {
    const left = new TimeLeft();
    for (let second = 0; second <= 10; second++) left.take([at(second * 20, second)]);
    left.take([at(150, 11)]);
    assert.equal(left.of(at(150, 11)), undefined);
    left.take([at(160, 13)]);
    assert.equal(left.of(at(160, 13)), 168);
  });

  it('is not known of a run that does not train', () => {
    const left = new TimeLeft();
    left.take([at(10, 1), at(10, 1, { run: 'r-2' })]);
    left.take([at(20, 3), at(20, 3, { run: 'r-2', state: 'stopped' })]);
    assert.equal(left.of(at(20, 3)), 196);
    assert.equal(left.of(at(20, 3, { run: 'r-2', state: 'stopped' })), undefined);
  });
});
