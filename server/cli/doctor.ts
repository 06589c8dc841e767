import { Command } from 'commander';
import type { Problem, Report } from '../doctor/examine.ts';
import { formatCount } from '../domain/numbers/format.ts';
import { formatBytes } from '../domain/numbers/units.ts';
import { Exit, print, printJson, styled } from './output.ts';

const COLORS = { error: 'red', warning: 'yellow', information: 'cyan' } as const;

function machineText({ version, machine, engines }: Report): string {
  const { platform, release, processor, cores, memory_bytes, free_memory_bytes, node } = machine;
  const { onnx, tensorflow, devices } = engines;
  const native = tensorflow.installed
    ? `TensorFlow ${tensorflow.version} (${tensorflow.variant}) in ${tensorflow.folder}`
    : 'no native TensorFlow';
  const device = ({ device: name, available, note }: Report['engines']['devices'][number]) =>
    `${name} ${available === null ? 'unknown' : available ? 'yes' : 'no'} (${note})`;
  return [
    `Rectiscope ${version}, Node ${node.version} (${node.path}), SQLite ${node.sqlite ?? 'none'}`,
    `machine  ${platform}, ${release}, ${cores} cores (${processor}), ${formatBytes(memory_bytes)} of memory, ${formatBytes(free_memory_bytes)} free`,
    `engines  onnxruntime ${onnx.version ?? 'none'}; ${native}`,
    `devices  ${devices.map(device).join('; ')}`,
  ].join('\n');
}

const SOURCES: Readonly<Record<Report['store']['from'], string>> = {
  RECTISCOPE_HOME: 'named by RECTISCOPE_HOME',
  folder: 'of this folder',
  new: 'not created yet',
};

function storeText({ store }: Report): string {
  const { home, from, exists, version, runs, free_bytes, server } = store;
  const counts = Object.entries(runs ?? {}).map(([state, n]) => `${formatCount(n)} ${state}`);
  const free = free_bytes === null ? '' : `; ${formatBytes(free_bytes)} free on its disk`;
  const inside = runs ? `version ${version}, runs: ${counts.join(', ') || 'none'}` : exists ? 'not checked' : 'no runs';
  return [
    `store    ${home} (${SOURCES[from]}), ${inside}${free}`,
    `server   ${server ? `process ${server.pid}, version ${server.version}, on Node ${server.node}` : 'none is running'}`,
  ].join('\n');
}

const problemText = ({ id, severity, message, advice }: Problem): string =>
  `${styled(COLORS[severity], severity)} ${id}: ${message}\n  ${advice}`;

function show(report: Report): void {
  print(machineText(report));
  print(storeText(report));
  for (const problem of report.problems) print(`\n${problemText(problem)}`);
  if (report.healthy) print('\nNothing is wrong.');
}

/** `rectiscope doctor` */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('What this machine has, what is wrong with this folder’s store, and how to fix it. Changes nothing.')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExit codes: 0 nothing is wrong (information is not a problem), 1 something is.')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { examine } = await import('../doctor/examine.ts');
      const report = await examine(process.cwd(), process.env);
      if (json) printJson(report);
      else show(report);
      process.exitCode = report.healthy ? Exit.done : Exit.unexpected;
    });
}
