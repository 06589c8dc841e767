import { Command } from 'commander';

/** `rectiscope language-server --stdio`, for other editors. */
export function languageServerCommand(): Command {
  return new Command('language-server')
    .description('The language server for run files, for editors that speak the Language Server Protocol.')
    .requiredOption('--stdio', 'over standard input and output')
    .action(async () => void (await import('../language/main.ts')));
}
