/**
 * A long run in the panel: a million steps, and ten thousand probes of a hundred layers. What is measured is the panel's
 * own work in every frame, not the browser's painting, which is done in software here.
 */

import type { CDPSession, Page } from 'playwright-core';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import type { HostMessage } from '../../server/protocol/panel.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import type { OpenPanel } from './harness.ts';
import { settled } from './stage.ts';

export const STEPS = 1_000_000;
export const LAYERS = 100;
export const PROBES = 10_000;

const summary: RunSummary = {
  ...{ run: 'r-long', name: 'long', state: 'running', step: STEPS, steps: 2 * STEPS, epoch: 100, file: '/long.yaml' },
  ...{ created: '2026-11-24T10:00:00.000Z', seconds: 1e5, findings: 0, note: '', tags: [], starred: false },
};

/** What a panel needs that shows such a run while it continues. */
export interface LongRunCost {
  /** The panel's own work of each frame that had any, ms by the clock, sorted. */
  readonly frames: readonly number[];
  /** Processor time of a frame, ms. */
  readonly cpu: number;
  /** On the heap and behind typed arrays. */
  readonly megabytes: number;
}

/** Show the run, and stream 120 steps more into it while the cursor goes over the charts. */
export async function showLongRun(panel: OpenPanel): Promise<LongRunCost> {
  const { page } = panel;
  await panel.send({ type: 'connection', state: 'connected' }, { type: 'runs', runs: [summary] });
  await sendLongSnapshot(page);
  await page.getByText('1,000,000').waitFor({ timeout: 60_000 });
  await settled(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.evaluate(recordFrames);
  const before = await scriptSeconds(session);
  for (let i = 1; i <= 120; i++) {
    const at = { ...summary, step: STEPS + i, epoch: (STEPS + i) / 1e4 };
    await panel.send(...deltas(i, at));
    // As in a window that someone works in: the cursor goes over the charts meanwhile.
    await page.mouse.move(400 + 2 * i, i % 40 < 20 ? 180 : 460);
  }
  await settled(page);
  const frames = (await page.evaluate(() => (window as unknown as { frames: number[] }).frames)).toSorted(
    (a, b) => a - b,
  );
  const cpu = (1000 * ((await scriptSeconds(session)) - before)) / frames.length;
  return { frames, cpu, megabytes: await usedMegabytes(session) };
}

/** A step, and every third time a probe of all layers. */
function deltas(i: number, at: RunSummary): HostMessage[] {
  const { run, step, epoch } = at;
  const sequence = STEPS + PROBES + i + Math.floor((i - 1) / 3);
  const stepEvent = {
    event: 'step',
    run,
    step,
    epoch,
    loss: 0.5,
    top1: 20,
    learning_rate: 0.01,
    step_ms: 100,
  } as const;
  const messages: HostMessage[] = [{ type: 'delta', delta: { run, sequence, event: stepEvent, summary: at } }];
  if (i % 3 === 0) {
    const layers = Array.from({ length: LAYERS }, (_, layer) => ({
      ...{ name: `conv${layer + 1}`, gradient_norm: 0.1, weight_norm: 3, decay_norm: 0.001, update_ratio: 1e-3 },
      ...{ activation_std: 1, activation_rms: 1, dead_fraction: 0 },
    }));
    messages.push({
      type: 'delta',
      delta: { run, sequence: sequence + 1, event: { event: 'probe', run, step, layers }, summary: at },
    });
  }
  return messages;
}

/** Made inside the page: 150 MB of text need not cross from one process to another. */
const sendLongSnapshot = (page: Page): Promise<void> =>
  page.evaluate(
    ({ steps, layers, probes, quantities, about }) => {
      const pack = (length: number, value: (i: number) => number): string => {
        const bytes = new Uint8Array(Float64Array.from({ length }, (_, i) => value(i)).buffer);
        const pieces: string[] = [];
        for (let i = 0; i < bytes.length; i += 24576)
          pieces.push(btoa(String.fromCharCode(...bytes.subarray(i, i + 24576))));
        return pieces.join('');
      };
      const columns = {
        step: pack(steps, (i) => i + 1),
        epoch: pack(steps, (i) => (i + 1) / 1e4),
        loss: pack(steps, (i) => 2 * Math.exp(-i / 3e5) + 0.2 * Math.sin(i * i)),
        top1: pack(steps, (i) => 80 * Math.exp(-i / 3e5) + 5 * Math.sin(i * i)),
        learning_rate: pack(steps, () => 0.01),
        step_ms: pack(steps, () => 100),
      };
      const table = {
        layers: Array.from({ length: layers }, (_, i) => `conv${i + 1}`),
        step: pack(probes, (i) => (i + 1) * (steps / probes)),
        quantities,
        values: pack(probes * layers * quantities.length, (i) => 0.01 * (2 + Math.sin(i))),
      };
      const snapshot = { sequence: steps + probes, summary: about, text: '', steps: columns, probes: table };
      window.postMessage(
        { type: 'snapshot', snapshot: { ...snapshot, evaluations: [], findings: [], proofs: [], notices: [] } },
        window.origin,
      );
    },
    { steps: STEPS, layers: LAYERS, probes: PROBES, quantities: PROBE_QUANTITIES, about: summary },
  );

/** From now on: how long the page's own work took in each frame that had any, in `window.frames`. */
function recordFrames(): void {
  const frames: number[] = [];
  Object.assign(window, { frames });
  const original = window.requestAnimationFrame.bind(window);
  let frame = -1;
  window.requestAnimationFrame = (work) =>
    original((time) => {
      const before = performance.now();
      work(time);
      const took = performance.now() - before;
      // Several callbacks of one frame get the same time stamp.
      if (time === frame) frames.push((frames.pop() ?? 0) + took);
      else frames.push(took);
      frame = time;
    });
}

/** Processor time that the page's scripts took so far. */
async function scriptSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((metric) => metric.name === 'ScriptDuration')?.value ?? Number.NaN;
}

/** What the page holds after a collection, typed arrays included. */
async function usedMegabytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize: number;
  };
  return (usedSize + backingStorageSize) / 1e6;
}
