/** Who may import whom: the table of ARCHITECTURE.md, kept. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const root = fileURLToPath(new URL('..', import.meta.url));

/** For each place, what it may import: places (longest first wins), packages, `node:`. */
const ALLOWED: Record<string, readonly string[]> = {
  'server/domain': ['server/domain'],
  'server/protocol': ['server/domain', 'server/protocol', 'vscode-jsonrpc'],
  'server/figures': ['server/domain', 'server/protocol', 'server/figures'],
  'server/run-file': ['server/domain', 'server/protocol', 'server/run-file', 'yaml', 'zod', 'fastest-levenshtein'],
  'server/runtime': ['server/runtime', 'server', 'node:'],
  'server/trainer': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/runtime',
    'server/trainer',
    'server',
    'onnxruntime-node',
    '@bufbuild/protobuf',
    'sharp',
    'node:',
  ],
  'server/supervisor': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/supervisor',
    'server',
    'vscode-jsonrpc',
    'node:',
  ],
  'server/language': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/language',
    'server',
    'yaml',
    'vscode-languageserver',
    'vscode-languageserver-textdocument',
    'node:',
  ],
  'server/export': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/figures',
    'server/trainer',
    'server/export',
    'server',
    'node:',
  ],
  'server/doctor': [
    'server/protocol',
    'server/runtime',
    'server/trainer',
    'server/supervisor',
    'server/client',
    'server/doctor',
    'server',
    'vscode-jsonrpc',
    'node:',
  ],
  'server/client': ['server/protocol', 'server/client', 'server', 'vscode-jsonrpc', 'node:'],
  'server/panel': [
    'server/protocol',
    'server/run-file',
    'server/client',
    'server/panel',
    'server',
    'vscode-jsonrpc',
    'node:',
  ],
  'server/cli': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/runtime',
    'server/trainer',
    'server/export',
    'server/figures',
    'server/client',
    'server/doctor',
    'server/panel',
    'server/cli',
    'server/cli/mcp',
    'server/language',
    'server',
    'commander',
    'yaml',
    'node:',
  ],
  'server/cli/mcp': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/figures',
    'server/client',
    'server/cli',
    'server/cli/mcp',
    'server',
    '@modelcontextprotocol/server',
    'zod',
    'node:',
  ],
  server: ['server', 'server/cli', 'server/protocol', 'commander', 'node:'],
  extension: [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/figures',
    'server/client',
    'server/panel',
    'server',
    'extension',
    'vscode',
    'vscode-languageclient',
    'vscode-jsonrpc',
    'node:',
  ],
  webview: [
    'server/domain',
    'server/protocol',
    'server/figures',
    'webview',
    'preact',
    '@preact/signals',
    'chart.js',
    'chartjs-plugin-zoom',
    'chartjs-plugin-annotation',
  ],
};

/** The place of a file of ours: the longest that holds it. */
const placeOf = (file: string): string | undefined =>
  Object.keys(ALLOWED)
    .filter((place) => dirname(file) === place || (place !== 'server' && file.startsWith(`${place}/`)))
    .toSorted((a, b) => b.length - a.length)[0];

const packageOf = (name: string): string =>
  name.startsWith('node:')
    ? 'node:'
    : name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every static, re-exporting and dynamic import of a file, types included. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { module, errors } = parseSync(file, text);
  assert.deepEqual(errors, [], file);
  const names = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
  ];
  return names.map((name) => ({
    from: file,
    to: name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : packageOf(name),
  }));
}

const files: string[] = [];
for await (const file of glob(['server/**/*.ts', 'extension/**/*.ts', 'webview/**/*.{ts,tsx}'], { cwd: root }))
  files.push(file);
const imports = files.flatMap(importsOf);
const isOurs = ({ to }: Import) => /\.(ts|tsx|css)$/.test(to);

describe('the tree', () => {
  it('was read', () =>
    assert.ok(files.length > 100 && imports.length > 300, `${files.length} files, ${imports.length} imports`));

  it('imports one way only', () => {
    const wrong = imports.filter((one) => {
      const place = placeOf(one.from);
      const target = isOurs(one) ? placeOf(one.to) : one.to;
      return place === undefined || target === undefined || !ALLOWED[place]?.includes(target);
    });
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });

  it('has no cycle of modules', () => {
    const next = Map.groupBy(imports.filter(isOurs), ({ from }) => from);
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (state.has(file)) return;
      state.set(file, 'open');
      for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    assert.deepEqual(cycles, []);
  });

  for (const { what, word, only } of [
    {
      what: 'knows onnxruntime-node',
      word: /from 'onnxruntime-node'|'onnxruntime-node'\)/,
      only: ['server/trainer/backends/onnx/session.ts'],
    },
    { what: 'knows sharp', word: /from 'sharp'|'sharp'\)/, only: ['server/trainer/data/image-file.ts'] },
    { what: 'touches node:sqlite', word: /node:sqlite/, only: ['server/supervisor/store/database.ts'] },
    { what: 'knows chart.js', word: /from 'chart\.js|from 'chartjs-/, only: ['webview/charts/line-chart.ts'] },
    { what: 'reads the clock', word: /Date\.now\(|performance\.now\(|new Date\(\)/, only: ['server/clock.ts'] },
    { what: 'draws random numbers', word: /Math\.random\(/, only: [] },
  ])
    it(`only the named files ${what}`, () => {
      const place =
        what === 'reads the clock' || what === 'draws random numbers'
          ? /^server\/(domain|trainer|supervisor|run-file)\//
          : /./;
      const found = files.filter((file) => place.test(file) && word.test(readFileSync(join(root, file), 'utf8')));
      assert.deepEqual(
        found.filter((file) => !only.includes(file)),
        [],
      );
    });
});
