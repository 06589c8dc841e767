import type { CodeLens } from 'vscode-languageserver';
import type { Checked } from '../run-file/check.ts';

/**
 * Commands for a run file above its first line, and the proof of a fix above the line that it changes. A lens is
 * offered only if the client has declared its command (`initializationOptions.commands`): in other editors
 * it would do nothing.
 */
export function lensesOf({ runFile, checked }: Checked, uri: string, commands: ReadonlySet<string>): CodeLens[] {
  const lenses: CodeLens[] = [];
  const add = (line: number, title: string, [command, ...rest]: [command: string, ...rest: string[]]): void => {
    if (!commands.has(command)) return;
    const position = { line, character: 0 };
    lenses.push({
      range: { start: position, end: position },
      command: { title, command: `rectiscope.${command}`, arguments: [uri, ...rest] },
    });
  };
  // A file with mistakes can't be trained: its lens would only go to the first of them, as *Check* does.
  if (runFile.mistakes.length === 0) add(0, 'Train', ['train']);
  add(0, 'Check', ['check']);
  const lines = new Set<number>();
  for (const { rule, line = 1, severity, fix } of checked?.findings ?? []) {
    if (!fix || severity === 'information' || lines.has(line)) continue;
    lines.add(line);
    add(line - 1, `Prove: ${fix.title}`, ['prove', rule]);
  }
  return lenses;
}
