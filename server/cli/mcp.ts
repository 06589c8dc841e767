import { Command } from 'commander';
import { Exit, say } from './output.ts';

/** `rectiscope mcp` */
export function mcpCommand(): Command {
  return new Command('mcp')
    .description('A server of the Model Context Protocol on standard input and output, for agents; see docs/agents.md.')
    .action(async () => {
      if (process.stdin.isTTY)
        say(
          'This command speaks the Model Context Protocol and is started by an agent (docs/agents.md). Ctrl-D ends it.',
        );
      const { serve } = await import('../mcp/serve.ts');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.once(signal, () => process.exit(Exit.interrupted));
      await serve();
      // A tool that still waits for a run has nobody to tell.
      process.exit(Exit.done);
    });
}
