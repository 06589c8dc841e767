/** The command line: `rectiscope`. One more client of the training server; everything an editor can do, a terminal can. */
import { Command } from 'commander';
import { loadCommands } from './cli/commands.ts';
import { Exit } from './cli/output.ts';
import { printable } from './protocol/printable.ts';
import { productVersion } from './system/processes.ts';

const program = new Command('rectiscope')
  .description('Trains deep image classifiers, and says why one does not learn.')
  .version(productVersion())
  .configureOutput({ writeErr: (text) => process.stderr.write(printable(text)) })
  .showHelpAfterError('(add --help for the usage)')
  .exitOverride();
for (const command of await loadCommands(process.argv[2])) program.addCommand(command.exitOverride());

// A reader such as `head` that has enough closes the pipe: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(Exit.done);
  throw error;
});

try {
  // Said, not guessed: in an editor's process that acts as Node, commander would take the script for a command.
  await program.parseAsync(process.argv, { from: 'node' });
} catch (error) {
  const { exitCode } = await import('./cli/exit-code.ts');
  process.exitCode = exitCode(error);
}
