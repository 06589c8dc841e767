/** A program with the one command `runtime`, as the command line mounts it. */
import { Command, CommanderError } from 'commander';
import { Exit } from '../../server/cli/output.ts';
import { runtimeCommand } from '../../server/cli/runtime.ts';

const program = new Command('rectiscope').exitOverride();
program.addCommand(runtimeCommand().exitOverride());
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? Exit.done : Exit.badInput;
}
