/** How time and memory of a training step grow with depth, width, batch and size of image. */

import { availableParallelism } from 'node:os';
import { EngineTimer } from '../server/cli/timed-engine.ts';
import { placeNetwork } from '../server/domain/network/network.ts';
import { formatFixed, formatNumber } from '../server/domain/numbers/format.ts';
import { median } from '../server/domain/numbers/statistics.ts';
import { partsFor } from '../server/engines/engine.ts';
import { type ChartModel, type Curve, extentOf } from '../server/figures/chart-model.ts';
import { chartSvg } from '../server/figures/chart-svg.ts';
import { runLook } from '../server/figures/colors.ts';
import { linearTicks } from '../server/figures/ticks.ts';
import type { Backend } from '../server/protocol/events.ts';
import { readRunFile } from '../server/run-file/read.ts';
import { RunFailure } from '../server/run-file/run-failure.ts';
import type { Workload } from '../server/timing/workloads.ts';
import { keep, logProgress, machine, spread, writeSection } from './report.ts';

/** The values of the parameters that are not varied. */
const USUAL = { depth: 10, width: 32, batch: 32, side: 28 };
type Shape = typeof USUAL;

interface Sweep {
  readonly key: keyof Shape;
  readonly values: readonly number[];
  readonly title: string;
  /** How the time grows with the value. */
  readonly expected: string;
}

const SWEEPS: readonly Sweep[] = [
  { key: 'depth', values: [5, 10, 20, 30, 40], title: 'convolutions', expected: 'grows with depth' },
  {
    key: 'width',
    values: [8, 16, 32, 48, 64],
    title: 'maps of each convolution',
    expected: 'grows with the square of the width, where arithmetic rather than memory is the limit',
  },
  { key: 'batch', values: [8, 16, 32, 64, 96], title: 'examples in a batch', expected: 'grows with the batch' },
  {
    key: 'side',
    values: [14, 28, 42, 56],
    title: 'side of the image, pixels',
    expected: 'grows with the square of the side',
  },
];

/** `depth` 3×3 convolutions, average, dense. */
function workloadOf({ depth, width, batch, side }: Shape): Workload {
  const network = {
    input: [side, side, 3],
    layers: [{ conv: { filters: width, kernel: 3, repeat: depth } }, 'global_average_pool', { dense: { units: 10 } }],
  };
  const { config, mistakes } = readRunFile(JSON.stringify({ version: 1, network }), {
    fileName: 'growth',
    folder: '/',
    forCheck: true,
  });
  if (!config) throw new Error(mistakes.map(({ message }) => message).join('\n'));
  return { name: 'growth', network: placeNetwork(config.network), batchSize: batch };
}

interface Measured {
  readonly value: number;
  /** Milliseconds of each step. */
  readonly times: readonly number[];
  /** Peak memory of the process, MB. */
  readonly memory: number;
}

async function measure(shape: Shape, backend: Backend, steps: number): Promise<Omit<Measured, 'value'>> {
  const { network, batchSize } = workloadOf(shape);
  const parts = partsFor(batchSize, availableParallelism());
  const { timer } = await EngineTimer.open({ network, batchSize, backend, device: 'cpu', parts });
  try {
    await timer.time('probe', 3);
    return { times: await timer.time('step', steps), memory: timer.memory / 1e6 };
  } finally {
    timer.close();
  }
}

/** A chart of one quantity against the varied parameter, one curve per backend. */
function picture(
  measured: ReadonlyMap<string, readonly Measured[]>,
  { title, yTitle, pick }: { title: string; yTitle: string; pick: (one: Measured) => number },
): string {
  const curves = [...measured].map(([backend, all], slot): Curve => {
    const { color, marker } = runLook(slot, 'light');
    const x = Float64Array.from(all, ({ value }) => value);
    return {
      id: backend,
      run: backend,
      label: backend,
      short: backend,
      color,
      marker,
      alpha: 1,
      dash: [],
      width: 2,
      x,
      y: Float64Array.from(all, pick),
      step: x,
    };
  });
  const model: ChartModel = {
    xTitle: title,
    yTitle,
    yScale: 'linear',
    curves,
    marks: [],
    extent: extentOf(curves, 0),
    xTicks: linearTicks,
    formatX: formatNumber,
    formatPlace: formatNumber,
    formatY: formatNumber,
    formatYTick: formatNumber,
  };
  return chartSvg(model, { title: `${yTitle} against ${title}`, range: model.extent });
}

/** Measure, draw, and write the section. */
export async function growth({ steps }: { steps: number }): Promise<void> {
  const lines = [
    '### How the cost grows',
    '',
    `\`npm run bench -- growth\`, ${machine()}; median of ${steps} steps and their range; ${USUAL.depth} convolutions of 3×3 with ${USUAL.width} maps, batch ${USUAL.batch}, ${USUAL.side}×${USUAL.side} pixels unless stated otherwise. Memory: the peak resident memory of the training process, including its runtime.`,
  ];
  for (const { key, values, title, expected } of SWEEPS) {
    const measured = new Map<string, Measured[]>();
    for (const value of values)
      for (const backend of ['tensorflow', 'onnx'] as const) {
        try {
          const one = { value, ...(await measure({ ...USUAL, [key]: value }, backend, steps)) };
          measured.set(backend, [...(measured.get(backend) ?? []), one]);
          logProgress(`${key} ${value}, ${backend}: ${spread(one.times, 1)} ms, ${formatFixed(one.memory, 0)} MB`);
        } catch (error) {
          if (!(error instanceof RunFailure)) throw error;
          logProgress(`${backend}: ${error.message}`);
        }
      }
    const time = { title, yTitle: 'milliseconds per step', pick: ({ times }: Measured) => median(times) };
    const memory = { title, yTitle: 'MB of memory', pick: (one: Measured) => one.memory };
    keep(`growth-${key}-time.svg`, picture(measured, time));
    keep(`growth-${key}-memory.svg`, picture(measured, memory));
    lines.push(
      '',
      `Time ${expected}:`,
      '',
      `![milliseconds per step against ${title}](growth-${key}-time.svg) ![memory against ${title}](growth-${key}-memory.svg)`,
      '',
      `| ${title} | ${[...measured.keys()].map((backend) => `${backend}, ms | MB`).join(' | ')} |`,
      `|---|${'---|---|'.repeat(measured.size)}`,
      ...values.map((value, i) => {
        const cells = [...measured.values()].flatMap((all) => {
          const one = all[i];
          return one ? [spread(one.times, 1), formatFixed(one.memory, 0)] : ['', ''];
        });
        return `| ${[value, ...cells].join(' | ')} |`;
      }),
    );
  }
  writeSection('growth', lines);
}
