import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PanelMessage } from '../../server/protocol/panel.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { createStore, type PanelStore } from '../../webview/state.ts';
import type { Saved } from '../../webview/view-state.ts';
import { deltaMessage, type Recording, record, snapshotOf } from './recording.ts';

const he = record({ run: 'r-he', name: 'he-30', kind: 'learns', steps: 300, stepsPerEpoch: 100, layers: 5 });
const xavier = record({ run: 'r-xa', name: 'xavier-30', kind: 'stalls', steps: 300, stepsPerEpoch: 100, layers: 5 });

interface Bench {
  store: PanelStore;
  posted: PanelMessage[];
  /** Runs what was asked to run before the next frame. */
  frame: () => void;
  frames: () => number;
  saved: () => Saved | undefined;
}

function bench(saved?: unknown): Bench {
  const posted: PanelMessage[] = [];
  let pending: (() => void) | undefined;
  let asked = 0;
  let last: Saved | undefined;
  let time = 0;
  const store = createStore({
    post: (message) => posted.push(message),
    saved,
    save: (state) => {
      last = structuredClone(state);
    },
    schedule: (flush) => {
      assert.equal(pending, undefined, 'asked for a second flush before the first had run');
      pending = flush;
      asked++;
    },
    clock: () => (time += 10),
  });
  const frame = (): void => {
    const flush = pending;
    pending = undefined;
    flush?.();
  };
  return { store, posted, frame, frames: () => asked, saved: () => last };
}

const summaryAt = (recording: Recording, count: number): RunSummary => recording.summaries[count - 1] as RunSummary;

/** A panel with both runs chosen and their snapshots after 100 events. */
function opened(saved?: unknown): Bench {
  const made = bench(saved);
  made.store.receive({ type: 'connection', state: 'connected' });
  made.store.receive({ type: 'runs', runs: [summaryAt(he, 100), summaryAt(xavier, 100)] });
  for (const recording of [he, xavier]) made.store.receive({ type: 'snapshot', snapshot: snapshotOf(recording, 100) });
  made.frame();
  made.posted.length = 0;
  return made;
}

test('the first list of runs is answered with a choice; the chosen runs are awaited until their snapshot is there', () => {
  const { store, posted, frame } = bench();
  assert.equal(store.connection.value.state, 'silent');
  store.receive({ type: 'runs', runs: [summaryAt(he, 100), summaryAt(xavier, 100)] });
  assert.deepEqual(posted, [{ type: 'choose', runs: ['r-xa', 'r-he'] }]);
  assert.deepEqual([...store.waiting.value.keys()], ['r-xa', 'r-he']);
  store.receive({ type: 'snapshot', snapshot: snapshotOf(he, 100) });
  frame();
  assert.deepEqual([...store.waiting.value.keys()], ['r-xa']);
  assert.equal(store.data('r-he')?.sequence, 100);
  assert.equal(store.data('r-xa'), undefined);
});

test('an empty list is answered, too, and is not the same as no list', () => {
  const { store, posted } = bench();
  assert.equal(store.runs.value, undefined);
  store.receive({ type: 'runs', runs: [] });
  assert.deepEqual(store.runs.value, []);
  assert.deepEqual(posted, [{ type: 'choose', runs: [] }]);
});

test('deltas are taken in order, ten thousand of them published once a frame', () => {
  const { store, frame, frames } = opened();
  const before = { frames: frames(), version: store.version.value };
  for (let sequence = 101; sequence <= he.events.length; sequence++) store.receive(deltaMessage(he, sequence));
  assert.equal(frames(), before.frames + 1);
  assert.equal(store.version.value, before.version);
  frame();
  assert.equal(store.version.value, before.version + 1);
  assert.equal(store.data('r-he')?.sequence, he.events.length);
  assert.equal(store.data('r-he')?.steps.step.last, 300);
  assert.equal(store.runs.value?.find((run) => run.run === 'r-he')?.state, 'finished');
});

test('a gap asks for a snapshot once; what came in between is neither lost nor taken twice', () => {
  const { store, posted } = opened();
  store.receive(deltaMessage(he, 101));
  for (const sequence of [105, 106, 107, 108]) store.receive(deltaMessage(he, sequence));
  assert.deepEqual(posted, [{ type: 'snapshotPlease', run: 'r-he' }]);
  assert.equal(store.data('r-he')?.sequence, 101, 'nothing after the gap is drawn as if there were none');
  store.receive({ type: 'snapshot', snapshot: snapshotOf(he, 106) });
  assert.equal(store.data('r-he')?.sequence, 108);
  store.receive(deltaMessage(he, 107));
  store.receive(deltaMessage(he, 109));
  assert.equal(store.data('r-he')?.sequence, 109);
  assert.equal(posted.length, 1);
  const step = [...(store.data('r-he')?.steps.step.view() ?? [])];
  assert.deepEqual(
    step,
    step.map((_, i) => i + 1),
  );
});

test('a gap before the first snapshot is handled the same way', () => {
  const { store, posted } = bench();
  store.receive({ type: 'runs', runs: [summaryAt(he, 50)] });
  posted.length = 0;
  for (const sequence of [51, 52, 60]) store.receive(deltaMessage(he, sequence));
  assert.deepEqual(posted, [], 'its snapshot is on the way already');
  store.receive({ type: 'snapshot', snapshot: snapshotOf(he, 51) });
  assert.equal(store.data('r-he')?.sequence, 52);
  assert.deepEqual(posted, [{ type: 'snapshotPlease', run: 'r-he' }]);
});

test('after a lost connection every chosen run is requested again; the old numbers stay visible', () => {
  const { store, posted } = opened();
  store.receive({ type: 'connection', state: 'lost', message: 'The server has gone.' });
  assert.equal(store.data('r-he')?.sequence, 100);
  store.receive({ type: 'connection', state: 'starting' });
  store.receive({ type: 'connection', state: 'connected' });
  assert.deepEqual(
    posted.map((message) => message.type),
    ['snapshotPlease', 'snapshotPlease'],
  );
});

test('a reopened panel shows the same runs, colours and settings, and asks for the numbers', () => {
  const first = opened();
  first.store.choose(['r-xa']);
  first.store.set({
    logY: true,
    smoothing: 100,
    quantity: 'update_ratio',
    layer: 'conv3',
    zoom: { from: 0.2, to: 0.6 },
  });
  first.frame();
  const saved = first.saved();
  assert.ok(saved !== undefined && !JSON.stringify(saved).includes('2.3'), 'no numbers of a run are kept');
  const second = bench(JSON.parse(JSON.stringify(saved)));
  second.store.receive({ type: 'runs', runs: [summaryAt(xavier, 100), summaryAt(he, 100)] });
  assert.deepEqual(second.posted, [{ type: 'choose', runs: ['r-xa'] }]);
  assert.deepEqual(second.store.view.value, first.store.view.value);
  assert.deepEqual(second.store.slots.value, first.store.slots.value);
});

test('what an unknown version or a vandal left is ignored', () => {
  for (const saved of [
    undefined,
    null,
    7,
    'x',
    [],
    { version: 2, chosen: ['a'] },
    { version: 1, chosen: [1], view: { x: 'moons', zoom: { from: 3, to: 1 } } },
  ]) {
    const { store } = bench(saved);
    assert.deepEqual(store.chosen.value, []);
    assert.equal(store.view.value.x, 'epoch');
    assert.equal(store.view.value.zoom, null);
  }
});

test('a run that appears while the panel is open is drawn, in its own colour; a removed one disappears', () => {
  const { store, posted } = opened();
  const newcomer: RunSummary = { ...summaryAt(he, 2), run: 'r-new', created: '2026-11-24T11:00:00.000Z' };
  store.receive({ type: 'runs', runs: [summaryAt(he, 100), summaryAt(xavier, 100), newcomer] });
  assert.deepEqual(posted.at(-1), { type: 'choose', runs: ['r-xa', 'r-he', 'r-new'] });
  assert.equal(new Set(Object.values(store.slots.value)).size, 3);
  const slot = store.slots.value['r-new'];
  store.receive({ type: 'runs', runs: [summaryAt(xavier, 100), newcomer] });
  assert.deepEqual(store.chosen.value, ['r-xa', 'r-new']);
  assert.equal(store.data('r-he'), undefined);
  assert.equal(store.slots.value['r-new'], slot, 'a run keeps its colour');
});

test('a run that the user has put away stays away', () => {
  const { store } = opened();
  store.choose(['r-xa']);
  store.receive({ type: 'runs', runs: [summaryAt(he, 120), summaryAt(xavier, 100)] });
  assert.deepEqual(store.chosen.value, ['r-xa']);
});

test('the cursor’s axis changes with the zoom, and following keeps its width', () => {
  const { store, frame } = opened();
  store.set({ zoom: { from: 0.1, to: 0.2 } });
  store.set({ x: 'step' });
  const zoom = store.view.value.zoom;
  assert.ok(zoom !== null && Math.abs(zoom.from - 10) < 1e-6 && Math.abs(zoom.to - 20) < 1e-6);
  store.set({ follow: true });
  for (let sequence = 101; sequence <= 140; sequence++) store.receive(deltaMessage(he, sequence));
  frame();
  const newest = store.data('r-he')?.steps.step.last as number;
  assert.equal(store.view.value.zoom?.to, newest);
  assert.ok(Math.abs((store.view.value.zoom?.from as number) - (newest - 10)) < 1e-6);
});

test('a snapshot that can’t be read is reported, not thrown, and the panel continues', () => {
  const { store } = opened();
  const snapshot = snapshotOf(he, 100);
  store.receive({ type: 'snapshot', snapshot: { ...snapshot, steps: { ...snapshot.steps, loss: 'AAAA' } } });
  assert.match(store.problem.value ?? '', /could not be read/);
  store.receive(deltaMessage(xavier, 101));
  assert.equal(store.data('r-xa')?.sequence, 101);
});
