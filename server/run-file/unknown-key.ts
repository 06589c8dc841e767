import { z } from 'zod';
import type { SourcePath } from '../domain/origin.ts';
import { describePath, describeValue, listChoices, type Mistake, type Range } from './mistake.ts';
import { nearest } from './nearest.ts';
import { entriesOf, unwrap } from './shape-of-schema.ts';

interface UnknownKey {
  readonly path: SourcePath;
  readonly keyRange: Range;
  readonly valid: readonly string[];
  readonly root: z.ZodObject;
}

/** The mistake of an unknown key: suggests the nearest valid one, or the section where it belongs, or all valid keys. */
export function unknownKey(key: string, { path, keyRange, valid, root }: UnknownKey): Mistake {
  const where = path.length === 1 ? '' : ` in \`${describePath(path.slice(0, -1))}\``;
  const near = nearest(key, valid);
  const home = near ? undefined : homeOf(key, root);
  const hint = near ? `Did you mean \`${near}\`? ` : home ? `Did you mean ${home}? ` : '';
  const message = `Unknown key ${describeValue(key)}${where}. ${hint}Expected ${listChoices(valid)}.`;
  return { message, range: keyRange, path, ...(near ? { suggestion: near } : { removable: true }) };
}

/** The key of another section that was probably meant, in words. */
function homeOf(key: string, root: z.ZodObject): string | undefined {
  const top = nearest(
    key,
    entriesOf(root).map(([name]) => name),
  );
  if (top) return `\`${top}\` at the top level`;
  for (const [section, member] of entriesOf(root)) {
    const inner = unwrap(member);
    if (!(inner instanceof z.ZodObject)) continue;
    const near = nearest(
      key,
      entriesOf(inner).map(([name]) => name),
    );
    if (near) return `\`${near}\` under \`${section}\``;
  }
  return undefined;
}
