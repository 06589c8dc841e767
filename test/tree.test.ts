/** Who may import whom: the table of ARCHITECTURE.md, kept. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Inside `server/domain`, in the order in which its folders are read: what each may import beside itself, `config.ts` and `origin.ts`.
 * Layers say how a run file writes them, so these two know zod.
 */
const DOMAIN: Record<string, readonly string[]> = {
  numbers: [],
  random: [],
  shapes: [],
  settings: [],
  augmentation: ['random'],
  schedule: ['numbers'],
  probe: [],
  program: ['shapes'],
  optimizers: ['program'],
  moments: ['shapes'],
  layers: ['settings', 'shapes', 'program', 'moments'],
  network: ['random', 'shapes', 'layers'],
  step: ['shapes', 'program', 'optimizers', 'probe', 'layers', 'network'],
  propagation: ['moments', 'layers', 'network'],
  evaluation: ['numbers'],
  survey: ['random'],
  rules: ['numbers', 'shapes', 'survey', 'schedule', 'optimizers', 'probe', 'layers', 'network', 'propagation'],
};

/** For each place, what it may import: places (longest first wins) and all below them, packages, `node:`. */
const ALLOWED: Record<string, readonly string[]> = {
  'server/domain': ['server/domain/origin.ts'],
  ...Object.fromEntries(
    Object.entries(DOMAIN).map(([folder, others]) => [
      `server/domain/${folder}`,
      [
        'server/domain/config.ts',
        'server/domain/origin.ts',
        ...[folder, ...others].map((name) => `server/domain/${name}`),
        ...(folder === 'settings' || folder === 'layers' ? ['zod'] : []),
      ],
    ]),
  ),
  'server/system': ['server/domain/numbers', 'server/system', 'node:'],
  'server/formats': ['server/domain', 'server/formats', 'server/system', '@bufbuild/protobuf', 'node:'],
  'server/protocol': ['server/domain', 'server/protocol', 'vscode-jsonrpc'],
  'server/figures': ['server/domain', 'server/protocol', 'server/figures'],
  'server/run-file': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'diff',
    'yaml',
    'zod',
    'fastest-levenshtein',
  ],
  'server/watcher': ['server/domain', 'server/protocol', 'server/run-file', 'server/watcher'],
  'server/runtime': ['server/domain/numbers', 'server/system', 'server/runtime', 'node:'],
  'server/engines': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/system',
    'server/formats',
    'server/runtime',
    'server/engines',
    'onnxruntime-node',
    '@bufbuild/protobuf',
    'node:',
  ],
  'server/data': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/system',
    'server/data',
    'sharp',
    'node:',
  ],
  'server/checkpoint': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/system',
    'server/formats',
    'server/engines',
    'server/data',
    'server/checkpoint',
    'node:',
  ],
  'server/testing': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/engines',
    'server/data',
    'server/checkpoint',
    'server/testing',
    'node:',
  ],
  'server/timing': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/system',
    'server/runtime',
    'server/engines',
    'server/checkpoint',
    'server/timing',
    'node:',
  ],
  'server/trainer': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/system',
    'server/engines',
    'server/data',
    'server/checkpoint',
    'server/testing',
    'server/watcher',
    'server/trainer',
    'node:',
  ],
  'server/supervisor': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/formats',
    'server/tasks',
    'server/supervisor',
    'server/system',
    'vscode-jsonrpc',
    'node:',
  ],
  'server/language': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/language',
    'server/formats',
    'server/system',
    'yaml',
    'vscode-languageserver',
    'vscode-languageserver-textdocument',
    'node:',
  ],
  'server/export': [
    'server/domain',
    'server/protocol',
    'server/run-file',
    'server/system',
    'server/formats',
    'server/figures',
    'server/engines',
    'server/data',
    'server/checkpoint',
    'server/export',
    'node:',
  ],
  'server/doctor': [
    'server/domain/numbers',
    'server/protocol',
    'server/run-file',
    'server/engines',
    'server/data',
    'server/runtime',
    'server/checkpoint',
    'server/supervisor',
    'server/client',
    'server/doctor',
    'server/system',
    'vscode-jsonrpc',
    'node:',
  ],
  'server/client': ['server/protocol', 'server/client', 'server/system', 'vscode-jsonrpc', 'node:'],
  'server/panel': [
    'server/protocol',
    'server/run-file',
    'server/client',
    'server/panel',
    'server/system',
    'vscode-jsonrpc',
    'node:',
  ],
  'server/tasks': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/formats',
    'server/engines',
    'server/data',
    'server/checkpoint',
    'server/testing',
    'server/figures',
    'server/client',
    'server/supervisor',
    'server/tasks',
    'server/system',
    'yaml',
    'node:',
  ],
  'server/cli': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/formats',
    'server/runtime',
    'server/engines',
    'server/data',
    'server/checkpoint',
    'server/testing',
    'server/timing',
    'server/trainer',
    'server/export',
    'server/figures',
    'server/client',
    'server/doctor',
    'server/panel',
    'server/tasks',
    'server/cli',
    'server/mcp/serve.ts',
    'server/language',
    'server/system',
    'commander',
    'node:',
  ],
  'server/mcp': [
    'server/domain',
    'server/run-file',
    'server/protocol',
    'server/figures',
    'server/client',
    'server/tasks',
    'server/mcp',
    'server/system',
    '@modelcontextprotocol/server',
    'zod',
    'node:',
  ],
  server: ['server/cli', 'server/protocol', 'server/system', 'commander'],
  extension: [
    'server/domain',
    'server/formats',
    'server/run-file',
    'server/protocol',
    'server/figures',
    'server/client',
    'server/tasks',
    'server/panel',
    'server/system',
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
  /** Nothing but types: no part of a bundle. */
  readonly isType: boolean;
}

/** Every static, re-exporting and dynamic import of a file, types included. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { module, errors } = parseSync(file, text);
  assert.deepEqual(errors, [], file);
  const names = [
    ...module.staticImports.map(({ moduleRequest, entries }) => ({
      name: moduleRequest.value,
      isType: entries.length > 0 && entries.every((entry) => entry.isType),
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest ? [{ name: moduleRequest.value, isType }] : [])),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) => ({
      name: text.slice(moduleRequest.start + 1, moduleRequest.end - 1),
      isType: false,
    })),
  ];
  return names.map(({ name, isType }) => ({
    from: file,
    isType,
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
      const allowed = place === undefined ? [] : (ALLOWED[place] ?? []);
      return !allowed.some((name) => one.to === name || one.to.startsWith(`${name}/`));
    });
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });

  it('keeps the schema library out of the panel, whose policy forbids what it does', () => {
    const next = Map.groupBy(imports, ({ from }) => from);
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { to, isType } of next.get(file) ?? []) if (!isType) visit(to);
    };
    for (const file of files.filter((one) => one.startsWith('webview/'))) visit(file);
    assert.ok(reached.has('preact'), 'the page was followed');
    assert.ok(!reached.has('zod'));
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
      what: 'loads onnxruntime-node',
      word: /from 'onnxruntime-node'|'onnxruntime-node'\)/,
      only: ['server/engines/onnx/session.ts'],
    },
    { what: 'knows sharp', word: /from 'sharp'|'sharp'\)/, only: ['server/data/decoder.ts'] },
    { what: 'touches node:sqlite', word: /node:sqlite/, only: ['server/supervisor/store/database.ts'] },
    { what: 'knows chart.js', word: /from 'chart\.js|from 'chartjs-/, only: ['webview/charts/line-chart.ts'] },
    { what: 'reads the clock', word: /Date\.now\(|performance\.now\(|new Date\(\)/, only: ['server/system/clock.ts'] },
    { what: 'draws random numbers', word: /Math\.random\(/, only: [] },
    { what: 'speaks of velocities', word: /velocit/i, only: ['server/domain/optimizers/sgd.ts'] },
  ])
    it(`only the named files ${what}`, () => {
      const place =
        what === 'reads the clock' || what === 'draws random numbers'
          ? /^server\/(domain|run-file|engines|data|checkpoint|testing|timing|watcher|trainer|supervisor)\//
          : /./;
      const found = files.filter((file) => place.test(file) && word.test(readFileSync(join(root, file), 'utf8')));
      assert.deepEqual(
        found.filter((file) => !only.includes(file)),
        [],
      );
    });
});
