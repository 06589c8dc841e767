import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver';
import { isScalar } from 'yaml';
import type { SourcePath } from '../domain/origin.ts';
import { parseDocument } from '../run-file/document.ts';
import { resolvePath } from '../run-file/paths.ts';
import type { CompletionOptions } from './completion.ts';
import type { Cursor } from './cursor.ts';

/** Most entries of a folder that are offered; with more, typing narrows them down. */
const LISTED = 200;

/** Folders of a project that never hold data. */
const notOffered = new Set(['node_modules', '__pycache__']);

type Kind = 'data' | 'weights';

/** What a path at this position names. */
function kindOf(path: SourcePath): Kind | undefined {
  const [last, before] = [path.at(-1), path.at(-2)];
  if (path.join('.') === 'data.source') return 'data';
  return path[0] === 'network' && before === 'init' && last === 'from' ? 'weights' : undefined;
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * Folders for `data.source`, folders and weights files for `init: {from}`, relative to the run file's folder; those in the
 * folder being typed. A missing or unreadable folder offers nothing.
 */
export async function pathCompletions(
  text: string,
  { path, value, start }: Cursor,
  { folder, toRange }: Pick<CompletionOptions, 'toRange'> & { folder: string },
): Promise<CompletionItem[]> {
  const kind = kindOf(path);
  if (!kind || !value || /[\r\n]/.test(text.slice(value.start, value.end))) return [];
  const typed = value.before.slice(0, value.before.lastIndexOf('/') + 1);
  const isHiddenWanted = `${value.before}${text[start]}`.startsWith('.', typed.length);
  const from = resolvePath(folder, typed === '' ? '.' : typed);
  const entries = (await entriesOf(from)).filter(
    ({ name, isFolder }) =>
      (isFolder || (kind === 'weights' && name.endsWith('.safetensors'))) &&
      !notOffered.has(name) &&
      (isHiddenWanted || !name.startsWith('.')),
  );
  const [quote] = text.slice(value.start, value.start + 1);
  const range = toRange(value.start, value.end);
  return Promise.all(
    entries.slice(0, LISTED).map(async ({ name, isFolder }): Promise<CompletionItem> => {
      const holds = kind === 'data' ? await dataIn(join(from, name)) : undefined;
      // The weights are in the folder: its name has to be continued.
      const newText = written(`${typed}${name}${isFolder && kind === 'weights' ? '/' : ''}`, quote);
      return {
        label: isFolder ? `${name}/` : name,
        kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
        textEdit: { range, newText },
        filterText: newText,
        insertTextFormat: InsertTextFormat.PlainText,
        // Folders with data come before those that may have some.
        sortText: `${holds || !isFolder ? 1 : 2}${name}`,
        ...(holds && { detail: holds }),
      };
    }),
  );
}

async function entriesOf(folder: string): Promise<Entry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() || entry.isSymbolicLink() }));
  } catch {
    // While a path is typed, most of its prefixes are not folders.
    return [];
  }
}

/** The data in a folder, in words. */
async function dataIn(folder: string): Promise<string | undefined> {
  const names = (await entriesOf(folder)).map(({ name }) => name);
  if (names.some((name) => /^train-images-idx/.test(name))) return 'IDX files';
  if (names.includes('train')) return names.includes('val') ? 'train/ and val/' : 'train/';
  return undefined;
}

/** A path as YAML: in its existing quotes, or in new ones if it needs them. */
function written(path: string, quote: string | undefined): string {
  if (quote === '"') return JSON.stringify(path);
  if (quote === "'") return `'${path.replaceAll("'", "''")}'`;
  const { root } = parseDocument(path).positions;
  const isPlain = /^[\p{L}\p{N}_./][\p{L}\p{N}_./-]*$/u.test(path) && isScalar(root) && root.value === path;
  return isPlain ? path : JSON.stringify(path);
}
