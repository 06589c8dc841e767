/** What a browser shows where an editor would open or change a file. */
import { glob } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Fix } from '../protocol/events.ts';
import type { Instruction } from '../protocol/panel.ts';
import { applyEdits } from '../run-file/edit.ts';
import { fixText } from '../run-file/fix.ts';
import { positionsOf } from '../run-file/positions.ts';
import { runFileTemplate } from '../run-file/template.ts';
import { fixState } from './fix-state.ts';
import { lineDifference, linesAround } from './line-difference.ts';

/** A path quoted so that a shell reads it as one word. */
const quoted = (path: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(path)
    ? path
    : process.platform === 'win32'
      ? `"${path}"`
      : `'${path.replaceAll("'", "'\\''")}'`;

/** A line of a run's file, to find it in any editor. `isGone`: the text is the one that was run. */
export function placeInstruction(place: {
  file: string;
  name: string;
  text: string;
  line: number;
  isGone: boolean;
}): Instruction {
  const { file, name, text, line, isGone } = place;
  return {
    type: 'instruction',
    title: `${basename(file)}, line ${line}`,
    paragraphs: [
      `${file}:${line}`,
      ...(isGone ? [`The file no longer exists: this is its text when ${name} was run.`] : []),
    ],
    lines: linesAround(text, line),
    copy: { label: 'Copy path and line', text: `${file}:${line}` },
  };
}

/** A fix as a diff, and the command to run. `text` is the one that was run, `now` the file's; undefined if it is gone. */
export function fixInstruction(options: {
  file: string;
  text: string;
  now: string | undefined;
  rule: string;
  fix: Fix;
}): Instruction {
  const { file, text, now, rule, fix } = options;
  const title = `Fix: ${fix.title.replaceAll('`', '')}`;
  const state = now === undefined ? 'changed' : fixState(text, now, fix.edits);
  if (now === undefined || state === 'changed')
    return {
      type: 'instruction',
      title,
      paragraphs: [`${file} has changed since that run, or is gone: train it again to get fixes for the current text.`],
      commands: [`rectiscope train ${quoted(file)}`],
    };
  const unfixed = state === 'fits' ? now : text;
  const fixed = applyEdits(positionsOf(unfixed, null), fix.edits);
  const byCommand = fixText(now, { fileName: file, folder: dirname(file), rule }).text === fixed;
  const write = `rectiscope fix ${quoted(file)} --rule ${rule} --write`;
  return {
    type: 'instruction',
    title,
    paragraphs: [
      file,
      byCommand
        ? 'A browser does not write to your files. This command does, and keeps comments and layout:'
        : 'A browser does not write to your files: change these lines in your editor, then train the file.',
    ],
    lines: lineDifference(unfixed, fixed),
    commands: [byCommand ? write : `rectiscope train ${quoted(file)}`],
  };
}

/** Most run files that are listed. */
const MOST_FILES = 8;

/** How to train, with the run files in the folder and in its direct subfolders. */
export async function trainInstruction(folder: string): Promise<Instruction> {
  const files: string[] = [];
  for await (const file of glob(['*.rectiscope.yaml', '*/*.rectiscope.yaml'], { cwd: folder })) files.push(file);
  const near = files.toSorted((a, b) => a.localeCompare(b)).slice(0, MOST_FILES);
  return {
    type: 'instruction',
    title: 'Train a run file',
    paragraphs: [
      `In a terminal in ${folder}; this page shows the run as soon as it starts:`,
      ...(near.length === 0
        ? ['There is no run file (*.rectiscope.yaml) here yet: create one first (New run file).']
        : []),
      ...(files.length > near.length ? [`There are ${files.length} run files in all.`] : []),
    ],
    commands: near.map((file) => `rectiscope train ${quoted(file)}`),
  };
}

/** A first run file to save. */
export function newRunFileInstruction(folder: string): Instruction {
  const name = 'first';
  const file = `${name}.rectiscope.yaml`;
  const text = runFileTemplate(name);
  return {
    type: 'instruction',
    title: 'New run file',
    paragraphs: [`Save this as ${join(folder, file)}, change it as you like, then train it:`],
    commands: [`rectiscope train ${file}`],
    lines: text
      .trimEnd()
      .split('\n')
      .map((line, i) => ({ number: i + 1, text: line })),
    copy: { label: 'Copy text', text },
    download: { name: file, text },
  };
}
