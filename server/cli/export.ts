import { resolve } from 'node:path';
import { Command } from 'commander';
import { durableFiles } from '../durable-files.ts';
import { Show } from '../protocol/requests.ts';
import { readCheckpoint } from '../trainer/checkpoint/checkpoint.ts';
import { encodeTensors } from '../trainer/checkpoint/safetensors.ts';
import { withServer } from './client.ts';
import { CommandError, Exit, printJson, say } from './output.ts';

/** `rectiscope export RUN --weights FILE` */
export function exportCommand(): Command {
  return new Command('export')
    .description('Write what a run has learnt.')
    .argument('<run>', 'id, prefix of an id, or name')
    .requiredOption(
      '--weights <file>',
      'a safetensors file: conv1.weight is [kernel, kernel, in, out], dense1.weight [in, out]',
    )
    .option('--json', 'one JSON object')
    .action(async (run: string, { weights, json = false }: { weights: string; json?: boolean }) => {
      const { summary, checkpoint } = await withServer((client) => client.request(Show, { run }));
      if (!checkpoint) throw new CommandError(Exit.badInput, `${summary.name} (${summary.run}) has no checkpoint yet.`);
      const { arrays, state } = await readCheckpoint(checkpoint.file);
      const learned = new Map([...arrays].filter(([name]) => !name.startsWith('velocity/')));
      const metadata = { format: 'rectiscope', run: summary.run, name: summary.name, step: String(state.step) };
      const file = resolve(weights);
      await durableFiles.writeWhole(file, encodeTensors({ arrays: learned, metadata }));
      if (json) printJson({ file, step: state.step, arrays: learned.size });
      else say(`${learned.size} arrays of step ${state.step} written to ${file}.`);
    });
}
