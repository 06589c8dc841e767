/**
 * Reproduces the paper's experiments at the size of a laptop, and writes docs/reproduction.md with its pictures. Finished
 * runs are not trained again: it can be interrupted and continued.
 *
 * usage: npm run paper [-- --home FOLDER] [--photographs FOLDER]
 *   --home          the store of its runs; out/paper by default
 *   --photographs   a folder of colour photographs with train/ and val/, for Table 4; without it that table is not changed
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figure2, figure3 } from './paper/figures-2-and-3.ts';
import { Laboratory } from './paper/laboratory.ts';
import type { Section } from './paper/section.ts';
import { table4 } from './paper/table-4.ts';
import { tables1And2 } from './paper/tables-1-and-2.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const { values: options } = parseArgs({
  options: { home: { type: 'string', default: 'out/paper' }, photographs: { type: 'string' } },
});
const DOCUMENT = 'docs/reproduction.md';
const PICTURES = 'docs/images/reproduction';

const head = `# The paper's experiments at the size of a laptop

Written by \`npm run paper\`; the run files are in \`examples/reproduction/\`. Everything is seeded: the same machine gives the
same numbers; on another one they differ by rounding, which a long training amplifies. Errors are per cent of validation images,
centre view unless stated otherwise. A result of the paper that is not reproduced at this size is marked so.

Machine: ${cpus()[0]?.model.trim()}, ${cpus().length} hardware threads, ${new Date().toISOString().slice(0, 10)}.`;

/** The document's section under a mark, from the last run. */
function kept(mark: string): string {
  const text = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '';
  return text.split(`<!-- ${mark} -->\n`)[1]?.split(`\n<!-- end ${mark} -->`)[0] ?? '';
}

const { photographs } = options;
const laboratory = await Laboratory.open(options.home);
const sections: [string, Section][] = [];
try {
  sections.push(['figure 2', await figure2(laboratory)]);
  sections.push(['figure 3', await figure3(laboratory)]);
  sections.push(['tables 1 and 2', await tables1And2(laboratory)]);
  sections.push([
    'table 4',
    photographs ? await table4(laboratory, photographs) : { markdown: kept('table 4'), pictures: new Map() },
  ]);
} finally {
  await laboratory.close();
}
mkdirSync(PICTURES, { recursive: true });
for (const [, { pictures }] of sections) for (const [name, svg] of pictures) writeFileSync(`${PICTURES}/${name}`, svg);
const body = sections.map(([mark, { markdown }]) => `<!-- ${mark} -->\n${markdown}\n<!-- end ${mark} -->`);
writeFileSync(DOCUMENT, `${[head, ...body].join('\n\n')}\n`);
process.stdout.write(`${DOCUMENT} is written.\n`);
