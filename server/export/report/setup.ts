/** Everything needed to reproduce the run: configuration, machine, versions, hashes, the file itself. */

import { arch, cpus, platform, release } from 'node:os';
import type { RunConfig, Schedule } from '../../domain/config.ts';
import { formatCount, formatNumber } from '../../domain/numbers/format.ts';
import { optimizerOf } from '../../domain/optimizers/optimizers.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import type { CheckedNetwork } from '../../run-file/check.ts';
import { productVersion } from '../../system/processes.ts';
import type { Learned } from '../learned.ts';
import { type Html, html } from './html.ts';

type Fact = readonly [name: string, value: string | number | undefined];

const facts = (title: string, all: readonly Fact[]): Html =>
  html`<div><h3>${title}</h3><dl class="facts">${all
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div>`;

const duration = ({ value, unit }: { value: number; unit: string }): string => `${value} ${unit}`;

function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'constant':
      return 'constant';
    case 'step':
      return `×${schedule.factor} at ${schedule.at.map(duration).join(', ')}`;
    case 'plateau':
      return `×${schedule.factor} after ${duration(schedule.patience)} without progress`;
    case 'warmup':
      return `warm-up of ${duration(schedule.duration)}, then ${describeSchedule(schedule.next)}`;
  }
}

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const configuration = ({ seed, data, train, evaluate }: RunConfig): Fact[] => [
  ['Seed', seed],
  ['Data', data?.source],
  ['Normalisation', data?.normalize],
  ['Batch size', train.batchSize],
  ['Length', duration(train.length)],
  ['Learning rate', train.learningRate],
  ['Schedule', describeSchedule(train.schedule)],
  ...Object.entries(optimizerOf(train.optimizer).settings).map(([name, value]): Fact => [capitalised(name), value]),
  ['Weight decay', train.weightDecay],
  ['Evaluated', `every ${duration(evaluate.every)}`],
];

const network = ({ network: { input, classes, layers }, parameters, multiplyAdds }: CheckedNetwork): Fact[] => [
  ['Input', `${input.join('×')} (height, width, channels)`],
  ['Outputs', classes],
  ['Layers', layers.length],
  ['Parameters', formatCount(parameters)],
  ['Multiply-adds per image', formatNumber(multiplyAdds)],
];

const machine = ({ started }: RunSnapshot, learned: Learned | undefined): Fact[] => [
  ['Engine', started && `${started.backend} on ${started.device}`],
  ['Library', learned?.state.engine.library],
  ['Threads', started?.threads],
  ['Parts of a batch', started?.parts],
  // A store belongs to one machine: this one.
  ['Processor', cpus()[0]?.model],
  ['System', `${platform()} ${arch()}, ${release()}`],
  ['Node', process.versions.node],
  ['Rectiscope', productVersion()],
];

const identity = ({ summary, checkpoint }: RunSnapshot, learned: Learned | undefined): Fact[] => [
  ['Run', summary.run],
  ['File', summary.file],
  ['Queued', summary.created],
  ['Started', summary.started],
  ['Ended', summary.ended],
  ['Checkpoint', checkpoint && `step ${formatCount(checkpoint.step)}`],
  ['Weights, SHA-256', checkpoint?.weights_hash],
  ['Data, SHA-256', learned?.state.dataHash],
];

export interface SetupOptions {
  /** Both absent if this version can't read the file. */
  readonly config: RunConfig | undefined;
  readonly checked: CheckedNetwork | undefined;
  /** Absent if there is no readable checkpoint. */
  readonly learned: Learned | undefined;
}

/** The section; lines with findings are marked. */
export function setupSection(snapshot: RunSnapshot, { config, checked, learned }: SetupOptions): Html {
  const found = new Set(snapshot.findings.map(({ line }) => line));
  const lines = snapshot.text.replace(/\n$/, '').split('\n');
  return html`<h2>Setup</h2>
<div class="columns">
${config && facts('Configuration', configuration(config))}
${checked && facts('Network', network(checked))}
${facts('Machine and versions', machine(snapshot, learned))}
${facts('Identity', identity(snapshot, learned))}
</div>
<h3>Run file</h3>
<pre class="file">${lines.map((line, i) => html`<span${found.has(i + 1) && html` class="found"`}>${line}</span>`)}</pre>`;
}
