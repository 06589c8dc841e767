import type { Range, TextEdit } from 'vscode-languageserver';
import { isScalar, isSeq } from 'yaml';
import { isLayerName } from '../domain/layers/named-settings.ts';
import { pathOf, type SourcePath } from '../domain/origin.ts';
import type { Checked } from '../run-file/check.ts';
import { parseDocument } from '../run-file/document.ts';
import { applyEdits, setValueEdit } from '../run-file/edit.ts';
import { entryKinds } from '../run-file/layer-schema.ts';
import { nameTaken } from '../run-file/layers.ts';
import type { Mistake } from '../run-file/mistake.ts';
import { extent, find, type Positions } from '../run-file/positions.ts';
import { placeAt } from './place.ts';
import { toLspRange, toTextEdit } from './ranges.ts';

/**
 * Renaming of layers. Nothing else in a run file refers to a layer's name; a file of weights does (`init: {from}`), and
 * so a name that its file does not have is refused.
 */

/** Why a name can't be changed, or not to this one: a sentence for the user. */
export class RenameRefusal extends Error {
  override readonly name = 'RenameRefusal';
}

/** A layer whose name can be changed at the cursor. */
export interface Renamable {
  /** What is under the cursor: the name, or the kind of a layer without one. */
  readonly range: Range;
  /** The current name: written, or assigned by Rectiscope. */
  readonly placeholder: string;
}

interface Target extends Renamable {
  readonly entry: SourcePath;
  /** Where the name is written, or will be. */
  readonly namePath: SourcePath;
  readonly isWritten: boolean;
}

/** The layer at the cursor; throws a refusal if there is none. */
export function renamableAt(analysis: Checked, line: number, character: number): Renamable {
  const { range, placeholder } = targetAt(analysis, line, character);
  return { range, placeholder };
}

/**
 * The edits that rename the layer at the cursor. `mistakesOf`: those of another text of the same file. Throws a
 * refusal for a name that is invalid, taken, or not in the layer's weights file.
 */
export function renameEdits(
  analysis: Checked,
  { line, character }: { line: number; character: number },
  { newName, mistakesOf }: { newName: string; mistakesOf: (text: string) => readonly Mistake[] },
): TextEdit[] {
  const { positions, mistakes } = analysis.runFile;
  const target = targetAt(analysis, line, character);
  if (!isLayerName(newName)) {
    throw new RenameRefusal(
      `A layer’s name has letters, digits, \`_\`, \`-\` and \`.\`, starts with a letter or digit, and is at most 64 long; \`${newName}\` is not valid.`,
    );
  }
  const edits = editsFor(positions, target, newName);
  const after = mistakesOf(applyEdits(positions, edits));
  // A file with mistakes is not read completely, and more may appear later: only written names count.
  const mistake = mistakes.length === 0 ? after[0]?.message : undefined;
  const other = namesWritten(positions).find(({ name, path }) => name === newName && path[2] !== target.entry[2]);
  const message = other && after.length > 0 ? nameTaken(newName, other.path.slice(0, 3)) : mistake;
  if (message !== undefined) throw new RenameRefusal(message);
  return edits.map(toTextEdit);
}

function targetAt({ runFile }: Checked, line: number, character: number): Target {
  const { positions, config } = runFile;
  const place = placeAt(positions.root, positions.offset(line + 1, character + 1));
  const [section, list, index] = place?.path ?? [];
  if (place && section === 'network' && list === 'preset')
    throw new RenameRefusal('A preset names its layers itself; write the network as `layers` to name them yourself.');
  if (!place || section !== 'network' || list !== 'layers' || typeof index !== 'number') throw elsewhere();
  const entry: SourcePath = ['network', 'layers', index];
  const [, , , kind, inner] = place.path;
  const isName = place.path.length > 3 && place.path.length <= 5 && place.path.at(-1) === 'name';
  const isKind =
    (place.path.length === 3 && place.part === 'value') || (place.path.length === 4 && place.part === 'key');
  if (isName && (inner === 'name' || kind === 'name')) {
    const written = find(positions.root, place.path)?.node ?? null;
    const range = positions.valueRange(place.path) ?? positions.range(place.start, place.end);
    const placeholder = isScalar(written) ? String(written.value ?? '') : '';
    return { range: toLspRange(range), placeholder, entry, namePath: place.path, isWritten: true };
  }
  const written = namesWritten(positions).find(({ path }) => path[2] === index);
  const type = typeof kind === 'string' ? kind : positions.text.slice(place.start, place.end);
  if (!isKind || !entryKinds.some((known) => known.type === type)) throw elsewhere();
  const range = toLspRange(positions.range(place.start, place.end));
  if (written) return { range, placeholder: written.name, entry, namePath: written.path, isWritten: true };
  const own = config?.network.layers.filter(({ origin }) => pathOf(origin)?.[2] === index) ?? [];
  // With `repeat`, a number is appended to the name.
  const placeholder = own.length === 1 ? (own[0]?.name ?? type) : (own[0]?.name ?? type).replace(/\d+$/, '');
  return { range, placeholder, entry, namePath: [...entry, type, 'name'], isWritten: false };
}

const elsewhere = (): RenameRefusal =>
  new RenameRefusal('Only layers can be renamed: put the cursor on a layer’s `name`, or on its kind, such as `conv`.');

/** Every name written in `network.layers`, even if the file has mistakes. */
function namesWritten({ root }: Positions): { name: string; path: SourcePath }[] {
  const layers = find(root, ['network', 'layers'])?.node;
  if (!isSeq(layers)) return [];
  return layers.items.flatMap((_, i) => {
    const entry: SourcePath = ['network', 'layers', i];
    return [[...entry, 'name'], ...entryKinds.map(({ type }) => [...entry, type, 'name'])].flatMap((path) => {
      const node = find(root, path)?.node;
      return isScalar(node) && node.value !== null ? [{ name: String(node.value), path }] : [];
    });
  });
}

function editsFor(positions: Positions, { entry, namePath, isWritten }: Target, newName: string) {
  const node = find(positions.root, namePath)?.node;
  const quote = isWritten && isScalar(node) ? positions.text[node.range?.[0] ?? 0] : undefined;
  const text = quote === '"' || quote === "'" ? quote + newName + quote : plain(newName);
  if (isWritten) return setValueEdit(positions, namePath, text);
  // A kind without settings, and a pyramid’s list of bins, become mappings.
  const bare = find(positions.root, entry)?.node;
  if (isScalar(bare)) {
    const layers = find(positions.root, ['network', 'layers'])?.node;
    const mapping = `${String(bare.value)}: {name: ${text}}`;
    return setValueEdit(positions, entry, isSeq(layers) && layers.flow ? `{${mapping}}` : mapping);
  }
  const settings = namePath.slice(0, -1);
  const bins = extent(find(positions.root, settings)?.node ?? null);
  return isSeq(find(positions.root, settings)?.node) && bins
    ? setValueEdit(positions, settings, `{bins: ${positions.text.slice(...bins)}, name: ${text}}`)
    : setValueEdit(positions, namePath, text);
}

/** A name as YAML, quoted if it would not be read as text: `1e3`, `true`. */
function plain(name: string): string {
  const { root } = parseDocument(name).positions;
  return isScalar(root) && root.value === name ? name : JSON.stringify(name);
}
