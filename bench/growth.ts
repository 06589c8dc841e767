/** How time and memory of a training step grow with depth, width, batch and size of image. */

import { availableParallelism } from 'node:os';
import { EngineTimer } from '../server/cli/timed-engine.ts';
import { placeNetwork } from '../server/domain/network/network.ts';
import { partsFor } from '../server/engines/engine.ts';
import { type ChartModel, type Curve, extentOf } from '../server/figures/chart-model.ts';
import { chartSvg } from '../server/figures/chart-svg.ts';
import { runLook } from '../server/figures/colors.ts';
import { linearTicks } from '../server/figures/ticks.ts';
import type { Backend } from '../server/protocol/events.ts';
import { readRunFile } from '../server/run-file/read.ts';
import { RunFailure } from '../server/run-file/run-failure.ts';
import type { Workload } from '../server/timing/workloads.ts';
import { keep, machine, median, say, spread, writeSection } from './report.ts';

/** Where one thing is varied, the others are these. */
const USUAL = { depth: 10, width: 32, batch: 32, side: 28 };
type Shape = typeof USUAL;

interface Sweep {
  readonly key: keyof Shape;
  readonly values: readonly number[];
  readonly title: string;
  /** What it is multiplied by as the value grows. */
  readonly expected: string;
}

const SWEEPS: readonly Sweep[] = [
  { key: 'depth', values: [5, 10, 20, 30, 40], title: 'convolutions', expected: 'grows with depth' },
  {
    key: 'width',
    values: [8, 16, 32, 48, 64],
    title: 'maps of each convolution',
    expected: 'grows with the square of width, where products and not memory decide',
  },
  { key: 'batch', values: [8, 16, 32, 64, 96], title: 'examples in a batch', expected: 'grows with the batch' },
  {
    key: 'side',
    values: [14, 28, 42, 56],
    title: 'side of the image, pixels',
    expected: 'grows with the square of the side',
  },
];

/** So many 3×3 convolutions, average, dense. */
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
  /** Most memory of the process, MB. */
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

/** A picture of one quantity against what is varied, a curve a backend. */
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
  const plain = (value: number) => String(Number(value.toPrecision(3)));
  const model: ChartModel = {
    xTitle: title,
    yTitle,
    yScale: 'linear',
    curves,
    marks: [],
    extent: extentOf(curves, 0),
    xTicks: linearTicks,
    formatX: plain,
    formatPlace: plain,
    formatY: plain,
    formatYTick: plain,
  };
  return chartSvg(model, { title: `${yTitle} against ${title}`, range: model.extent });
}

/** Measure, draw, and write the section. */
export async function growth({ steps }: { steps: number }): Promise<void> {
  const lines = [
    '### How the cost grows',
    '',
    `\`npm run bench -- growth\`, ${machine()}; median of ${steps} steps and their range; ${USUAL.depth} convolutions of 3×3 with ${USUAL.width} maps, batch ${USUAL.batch}, ${USUAL.side}×${USUAL.side} pixels where nothing else is said. Memory: the most that the training process had resident, its runtime included.`,
  ];
  for (const { key, values, title, expected } of SWEEPS) {
    const measured = new Map<string, Measured[]>();
    for (const value of values)
      for (const backend of ['tensorflow', 'onnx'] as const) {
        try {
          const one = { value, ...(await measure({ ...USUAL, [key]: value }, backend, steps)) };
          measured.set(backend, [...(measured.get(backend) ?? []), one]);
          say(`${key} ${value}, ${backend}: ${spread(one.times, 1)} ms, ${one.memory.toFixed(0)} MB`);
        } catch (error) {
          if (!(error instanceof RunFailure)) throw error;
          say(`${backend}: ${error.message}`);
        }
      }
    const time = { title, yTitle: 'milliseconds a step', pick: ({ times }: Measured) => median(times) };
    const memory = { title, yTitle: 'MB of memory', pick: (one: Measured) => one.memory };
    keep(`growth-${key}-time.svg`, picture(measured, time));
    keep(`growth-${key}-memory.svg`, picture(measured, memory));
    lines.push(
      '',
      `Time ${expected}:`,
      '',
      `![milliseconds a step against ${title}](growth-${key}-time.svg) ![memory against ${title}](growth-${key}-memory.svg)`,
      '',
      `| ${title} | ${[...measured.keys()].map((backend) => `${backend}, ms | MB`).join(' | ')} |`,
      `|---|${'---|---|'.repeat(measured.size)}`,
      ...values.map((value, i) => {
        const cells = [...measured.values()].flatMap((all) => {
          const one = all[i];
          return one ? [spread(one.times, 1), one.memory.toFixed(0)] : ['', ''];
        });
        return `| ${[value, ...cells].join(' | ')} |`;
      }),
    );
  }
  writeSection('growth', lines);
}
