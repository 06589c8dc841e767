/** Words and colours that people read; and what is let in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, RUN_COLORS, rgbOf, runLook } from '../../server/figures/colors.ts';
import { runDataFrom } from '../../server/figures/run-data.ts';
import { panelHtml, panelPolicy } from '../../server/panel/panel-html.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { isHostMessage } from '../../webview/messages.ts';
import { progressOf } from '../../webview/progress.ts';
import { assignSlots, chooseAmong, separateSlots } from '../../webview/run-choice.ts';
import { lossTrend, speakRun } from '../../webview/spoken.ts';
import { deltaMessage, record, snapshotOf } from './recording.ts';

/** CIE 1976 distance of two colours: 2.3 can just be seen side by side. */
function colorDistance(one: string, other: string): number {
  const lab = (hex: string): number[] => {
    const [r, g, b] = rgbOf(hex).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    const [x, y, z] = [
      (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
      0.2126 * r + 0.7152 * g + 0.0722 * b,
      (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    ].map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116)) as [number, number, number];
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  const [a, b] = [lab(one), lab(other)];
  return Math.hypot(...a.map((value, k) => value - (b[k] as number)));
}

test('every run colour stands out from its page, and neighbours differ in lightness or hue', () => {
  const pages = { dark: ['#1f1f1f', '#181818', '#000000'], light: ['#ffffff', '#f8f8f8'] } as const;
  for (const page of ['dark', 'light'] as const) {
    for (const color of RUN_COLORS[page]) {
      for (const background of pages[page])
        assert.ok(contrast(rgbOf(color), rgbOf(background)) >= 3, `${color} on ${background}`);
    }
    // Two blues 31 apart were taken for one another.
    for (const [i, a] of RUN_COLORS[page].entries())
      for (const b of RUN_COLORS[page].slice(i + 1))
        assert.ok(colorDistance(a, b) > 36, `${a}, ${b}: ${colorDistance(a, b)}`);
  }
  const looks = Array.from({ length: 24 }, (_, slot) => Object.values(runLook(slot, 'dark')).join());
  assert.equal(new Set(looks).size, 24, 'runs of one colour differ in their marker');
});

const recording = record({ run: 'r', name: 'he', kind: 'learns', steps: 400, stepsPerEpoch: 100, layers: 2 });
const summaryAt = (count: number): RunSummary => recording.summaries[count - 1] as RunSummary;

test('the rate is that of the last steps', () => {
  const data = runDataFrom(snapshotOf(recording, 200));
  const summary = { ...summaryAt(200), steps: 1000, step: 180, seconds: 2 * data.steps.seconds.last };
  const { rate = 0, share } = progressOf(summary, data);
  assert.ok(Math.abs(rate - 1 / 0.108) < 1);
  assert.equal(share, 0.18);
  assert.deepEqual(progressOf({ ...summary, step: 0, steps: 0, seconds: 0 }), { share: undefined, rate: undefined });
});

test('a run is described in a sentence, with its trend', () => {
  const data = runDataFrom(snapshotOf(recording, 260));
  assert.equal(lossTrend(data), 'falling');
  assert.match(
    speakRun(summaryAt(260), { data, left: 61 }),
    /^he: running, epoch [\d.]+, loss [\d.]+, falling, top-1 error [\d.]+ %, 1 minute 1 second left\.$/,
  );
  assert.equal(speakRun(summaryAt(1), {}), 'he: queued.');
  const stalled = record({ run: 'r', name: 'x', kind: 'stalls', steps: 400, stepsPerEpoch: 100, layers: 2 });
  assert.equal(lossTrend(runDataFrom(snapshotOf(stalled, stalled.events.length))), 'level');
});

test('a first panel draws the two newest and what is live; runs queued together differ in colour', () => {
  const run = (id: number, state: RunSummary['state']): RunSummary => ({
    ...{ ...summaryAt(5), run: `r${id}`, state },
    created: `2026-11-24T10:00:${String(id).padStart(2, '0')}.000Z`,
  });
  const runs = [run(1, 'running'), ...[2, 3, 4].map((id) => run(id, 'finished'))];
  assert.deepEqual(chooseAmong(runs, { chosen: [], known: new Set() }), ['r1', 'r3', 'r4']);
  assert.deepEqual(chooseAmong(runs, { chosen: ['r2', 'gone'], known: new Set(['r1', 'r2', 'r3', 'r4']) }), ['r2']);
  const slots = assignSlots({ old: 6 }, runs);
  assert.deepEqual(slots, { r1: 7, r2: 8, r3: 9, r4: 10 });
  assert.deepEqual(assignSlots(slots, [...runs, run(5, 'queued')]), { ...slots, r5: 11 });
});

test('of two drawn runs of one colour the later one gets another, for good; eight colours are all there are', () => {
  const slots = { a: 0, b: 8, c: 1, d: 16 };
  assert.equal(separateSlots(slots, ['a', 'c']), slots);
  const moved = separateSlots(slots, ['a', 'b', 'c', 'd']);
  assert.deepEqual(moved, { a: 0, b: 17 + 0, c: 18, d: 19 });
  assert.equal(separateSlots(moved, ['a', 'b', 'c', 'd']), moved);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`r${i}`, 8 * i]));
  const apart = separateSlots(many, Object.keys(many));
  assert.equal(new Set(Object.values(apart).map((slot) => slot % 8)).size, 8);
});

test('messages of our shape are accepted, all others rejected', () => {
  assert.ok(isHostMessage({ type: 'runs', runs: [summaryAt(3)] }));
  assert.ok(isHostMessage({ type: 'snapshot', snapshot: snapshotOf(recording, 10) }));
  assert.ok(isHostMessage(deltaMessage(recording, 7)));
  const snapshot = snapshotOf(recording, 10);
  for (const odd of [
    undefined,
    [],
    { type: 'nonsense' },
    { type: 'runs', runs: [{ run: 7 }] },
    { type: 'connection', state: 'maybe' },
    { type: 'show', runs: [1] },
    { type: 'snapshot', snapshot: { ...snapshot, probes: null } },
    { type: 'snapshot', snapshot: { ...snapshot, probes: { ...snapshot.probes, quantities: undefined } } },
    { type: 'snapshot', snapshot: { ...snapshot, steps: { ...snapshot.steps, loss: [1, 2] } } },
    { type: 'delta', delta: { run: 'r', sequence: 'x' } },
  ]) {
    assert.equal(isHostMessage(odd), false, JSON.stringify(odd)?.slice(0, 80));
  }
});

test('the page allows its own script and style, and nothing unsafe', () => {
  const html = panelHtml({ script: 's.js?a="b"&c', style: 'p.css', nonce: 'n0nce', cspSource: 'vscode-resource:' });
  const policy = panelPolicy({ nonce: 'n0nce', cspSource: 'vscode-resource:' });
  assert.match(policy, /^default-src 'none'; script-src 'nonce-n0nce'; style-src 'nonce-n0nce' vscode-resource:;/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:|connect-src/);
  assert.equal(html.match(/<script nonce="n0nce"/g)?.length, 1);
  assert.equal(html.match(/<script|<style|<link/g)?.length, 2);
  assert.ok(html.includes('src="s.js?a=&quot;b&quot;&amp;c"'));
  assert.doesNotMatch(html, / style=| on[a-z]+=/);
});
