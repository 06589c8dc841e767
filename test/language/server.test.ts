import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import {
  CodeActionRequest,
  CodeLensRequest,
  type CompletionItem,
  CompletionItemKind,
  CompletionRequest,
  ConfigurationRequest,
  DiagnosticSeverity,
  type DocumentSymbol,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  ProtocolRequestType,
  SelectionRangeRequest,
  type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { vanishingGradient } from '../../server/domain/rules/vanishing-gradient.ts';
import { checkRunFile } from '../../server/run-file/check.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { LanguageClient } from '../support/language-client.ts';

const example = readFileSync(new URL('../../examples/xavier-30.rectiscope.yaml', import.meta.url), 'utf8');
const deep = `network:
  input: [14, 14, 1]
  init: xavier # the mistake
  layers:
    - conv: {filters: 8, kernel: 3, repeat: 29}
    - dense: {units: 10}
`;

let client: LanguageClient;
let opened = 0;

before(async () => {
  client = await LanguageClient.start({}, { commands: ['train', 'check', 'prove'] });
});
after(() => client.stop());

/** Open a text under a name of its own; `|` marks the cursor. */
async function open(marked: string, name = 'run.rectiscope.yaml') {
  opened++;
  const uri = `file:///folder/${opened}/${name}`;
  const offset = marked.indexOf('|');
  const text = offset < 0 ? marked : marked.slice(0, offset) + marked.slice(offset + 1);
  const document = TextDocument.create(uri, 'yaml', 1, text);
  await client.open(uri, text);
  return { uri, text, document, position: document.positionAt(Math.max(offset, 0)), textDocument: { uri } };
}

const complete = async (marked: string, capabilities?: LanguageClient): Promise<CompletionItem[]> => {
  assert.equal(capabilities, undefined);
  const { textDocument, position } = await open(marked);
  const answer = await client.connection.sendRequest(CompletionRequest.type, { textDocument, position });
  return Array.isArray(answer) ? answer : (answer?.items ?? []);
};

const labels = async (marked: string): Promise<string[]> =>
  (await complete(marked)).flatMap(({ label, kind }) => (kind === CompletionItemKind.Snippet ? [] : [label]));

/** The text after a completion is taken. */
async function taken(marked: string, label: string): Promise<string> {
  const item = (await complete(marked)).find((candidate) => candidate.label === label);
  assert.ok(item?.textEdit && 'range' in item.textEdit, `${label} is offered`);
  return TextDocument.applyEdits(TextDocument.create('a', 'yaml', 1, marked.replace('|', '')), [item.textEdit]);
}

test('a mistake appears after the keystroke that makes it, with source, code and place', async () => {
  const { uri } = await open(example);
  await client.publication((params) => params.uri === uri);
  const line = example.split('\n').indexOf('network:');
  let version = 1;
  const range = { start: { line, character: 0 }, end: { line, character: 0 } };
  await client.change(uri, ++version, [{ range, text: 'lr: 1\n' }]);
  const { diagnostics } = await client.publication((params) => params.uri === uri && params.version === version);
  assert.deepEqual(
    diagnostics.map(({ source, code, severity, range }) => ({ source, code, severity, range })),
    [
      {
        source: 'rectiscope',
        code: 'run-file',
        severity: DiagnosticSeverity.Error,
        range: { start: { line, character: 0 }, end: { line, character: 2 } },
      },
    ],
  );
  await client.change(uri, ++version, [{ text: example }]);
  const mended = await client.publication((params) => params.uri === uri && params.version === version);
  assert.ok(mended.diagnostics.every(({ code }) => code !== 'run-file'));
});

test('violations of YAML itself are marked: an editor that reads YAML reports them, too', async () => {
  const codes = async (text: string) => {
    const { uri } = await open(text);
    const { diagnostics } = await client.publication((params) => params.uri === uri);
    return diagnostics.map(({ code }) => code);
  };
  assert.deepEqual(await codes(`${example}seed: 1\n`), ['yaml'], 'a doubled key');
  assert.deepEqual(await codes(`${deep}train: {steps: 3\n`), ['yaml'], 'a bracket that is not closed');
  assert.deepEqual(
    await codes(`${example}lr: *a\n`),
    ['run-file', 'run-file'],
    'aliases are YAML, but no run file has any',
  );
});

test('what is predicted of the network is underlined on the line that causes it', async () => {
  const { uri } = await open(deep);
  const { diagnostics } = await client.publication((params) => params.uri === uri);
  const { checked } = checkRunFile(deep, { fileName: 'a', folder: '/' });
  assert.ok(checked && checked.findings.length > 0);
  assert.deepEqual(
    diagnostics.map(({ code, message, range }) => ({ code, message, range })),
    checked.findings.map(({ rule, message }) => ({
      code: rule,
      message,
      range: { start: { line: 2, character: 2 }, end: { line: 2, character: 14 } },
    })),
  );
});

test('maps of a million positions and 500 layers are predicted as well', async () => {
  const { uri } = await open(
    'network:\n  input: [1024, 1024, 3]\n  init: {gaussian: 0.001}\n  layers:\n    - conv: {filters: 16, kernel: 11, repeat: 500}\n    - dense: {units: 10}\n',
  );
  const { diagnostics } = await client.publication((params) => params.uri === uri);
  assert.ok(diagnostics.some(({ code }) => code === 'vanishing-gradient'));
});

test('other YAML files are left alone, a closed file loses its marks', async () => {
  const other = await open('a: [', 'docker-compose.yaml');
  const own = await open('a: [');
  await client.publication((params) => params.uri === own.uri && params.diagnostics.length > 0);
  assert.ok(!client.published.some(({ uri }) => uri === other.uri));
  assert.equal(await client.connection.sendRequest(HoverRequest.type, { ...other, position: other.position }), null);
  await client.close(own.uri);
  await client.publication((params) => params.uri === own.uri && params.diagnostics.length === 0);
});

test('keys of a section, without those that stand there', async () => {
  assert.deepEqual(await labels('train:\n  batch_size: 3\n  |\n'), [
    'epochs',
    'steps',
    'learning_rate',
    'schedule',
    'momentum',
    'weight_decay',
    'replicas',
    'workers',
  ]);
  assert.deepEqual(await labels('|'), ['version', 'name', 'seed', 'data', 'network', 'train', 'evaluate', 'diagnose']);
  assert.deepEqual(await labels('data:\n  source: x\n  limit: {|}\n'), ['train', 'val']);
  assert.deepEqual(await labels('data: {sou|'), [
    'source',
    'limit',
    'validation',
    'normalize',
    'shuffle',
    'augment',
    'max_pixels',
    'bad_files',
    'cache_mb',
  ]);
  assert.deepEqual(await labels('data:\n  augment: {flip: true, |}\n'), ['resize', 'crop', 'color']);
  assert.deepEqual(await labels('# tr|'), []);
});

test('kinds of layers, then the settings of the kind', async () => {
  const kinds = ['conv', 'dense', 'max_pool', 'average_pool', 'spp', 'global_average_pool', 'dropout'];
  assert.deepEqual((await labels('network:\n  layers:\n    - co|\n')).toSorted(), kinds.toSorted());
  assert.deepEqual(
    (await labels('network:\n  layers:\n    - conv: {filters: 3}\n    - |\n    - dense: {units: 3}\n')).toSorted(),
    kinds.toSorted(),
  );
  assert.deepEqual(await labels('network:\n  layers:\n    - conv: {filters: 3, |}\n'), [
    'kernel',
    'stride',
    'name',
    'activation',
    'init',
    'bias',
    'repeat',
    'padding',
  ]);
  assert.deepEqual(await labels('network:\n  layers:\n    - spp: [2]\n      |\n'), ['name']);
});

test('values: words, forms with numbers, rule ids in a list', async () => {
  assert.deepEqual(await labels('network:\n  init: |\n'), [
    'he',
    'xavier',
    '{he: fan_out}',
    '{xavier: fan_out}',
    '{gaussian: 0.01}',
    '{from: weights.safetensors}',
  ]);
  assert.deepEqual(await labels('network:\n  layers:\n    - conv: {filters: 3, padding: |}\n'), ['same', 'valid']);
  assert.deepEqual(await labels('train:\n  schedule: |\n'), [
    'constant',
    '{step: {at: [30, 60], factor: 0.1}}',
    '{warmup: 5, then: constant}',
    '{plateau: {factor: 0.1, patience: 5}}',
  ]);
  assert.deepEqual(await labels('evaluate: {every: |}'), ['200 steps', '1 epoch']);
  assert.ok((await labels('diagnose:\n  ignore: [stalled, |]\n')).includes('overfitting'));
  assert.deepEqual(await labels('diagnose:\n  stop_on:\n    - |\n'), ['stalled', 'diverged']);
  assert.deepEqual(await labels('data: {shuffle: |}'), ['true', 'false']);
  assert.deepEqual(await labels('data: {bad_files: |}'), ['refuse', 'skip']);
});

test('a completion replaces the word under the cursor and brings its colon', async () => {
  assert.equal(await taken('train:\n  lear|n: 0.1\n', 'learning_rate'), 'train:\n  learning_rate: 0.1\n');
  assert.equal(await taken('train:\n  lear|\n', 'learning_rate'), 'train:\n  learning_rate: \n');
  assert.equal(await taken('tr|\n', 'train'), 'train:\n');
  assert.equal(await taken('network:\n  init: xa|\n', '{gaussian: 0.01}'), 'network:\n  init: {gaussian: 0.01}\n');
});

test('a client that supports snippets gets a layer with its settings', async () => {
  const other = await LanguageClient.start({
    textDocument: { completion: { completionItem: { snippetSupport: true } } },
  });
  const uri = 'file:///snippets.rectiscope.yaml';
  await other.open(uri, 'network:\n  layers:\n    - \n');
  const answer = await other.connection.sendRequest(CompletionRequest.type, {
    textDocument: { uri },
    position: { line: 2, character: 6 },
  });
  const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
  const conv = items.find(({ label }) => label === 'conv');
  assert.equal(conv?.textEdit?.newText, `conv: {filters: $\{1:16}, kernel: $\{2:3}}`);
  await other.stop();
});

const hover = async (marked: string): Promise<string | undefined> => {
  const { uri, textDocument, position } = await open(marked);
  await client.publication((params) => params.uri === uri);
  const answer = await client.connection.sendRequest(HoverRequest.type, { textDocument, position });
  return answer && typeof answer.contents === 'object' && 'value' in answer.contents
    ? answer.contents.value
    : undefined;
};

test('a hover explains what a key means, in which unit, and its default', async () => {
  const text = await hover('train:\n  batch|_size: 3\n');
  assert.match(text ?? '', /\*\*batch_size\*\*: Examples of one weight update\. Unit: examples\./);
  assert.match(text ?? '', /Default: `64`/);
  assert.match((await hover('network:\n  init: x|avier\n')) ?? '', /\*\*init\*\*: How weights are drawn/);
  assert.match(
    (await hover('network: {layers: [{conv: {filters: 3, pad|ding: same}}]}')) ?? '',
    /zeros around the map/,
  );
  assert.equal(await hover('train:\n  unk|nown: 3\n'), undefined);
  assert.equal(await hover('train: |    {}\n'), undefined);
});

/** The cells of a Markdown table's row, by its title. */
const cells = (table: string, title: string): string[] | undefined =>
  table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find(([, first]) => first === title)
    ?.slice(2, -1);

test('a hover over a layer shows sizes and predictions of the first and the last that the entry makes', async () => {
  const text = (await hover(deep.replace('- conv', '- con|v'))) ?? '';
  assert.deepEqual(cells(text, 'at initialisation'), ['conv1', 'conv29']);
  assert.match(text, /conv1 … conv29: 29 layers, 16,432 parameters in total\./);
  assert.deepEqual(cells(text, 'input'), ['14×14×1', '14×14×8']);
  assert.deepEqual(cells(text, 'output'), ['14×14×8', '14×14×8']);
  assert.deepEqual(cells(text, 'parameters'), ['80', '584']);
  assert.deepEqual(cells(text, 'multiply-adds per example'), ['14,112', '112,896']);
  assert.deepEqual(cells(text, 'fan-in, fan-out'), ['9, 72', '72, 72']);
  assert.deepEqual(cells(text, 'standard deviation of the weights'), ['0.33', '0.12']);
  const { checked } = checkRunFile(deep, { fileName: 'a', folder: '/' });
  const [first, last] = [checked?.propagation.layers[0], checked?.propagation.layers[28]];
  assert.ok(first && last);
  const shown = (title: string) => cells(text, title)?.map((cell) => Number(cell.replace(' ×', '')));
  const rounded = (...values: number[]) => values.map((value) => Number(value.toPrecision(2)));
  assert.deepEqual(shown('signal, for an input of unit variance'), rounded(first.forwardStd, last.forwardStd));
  assert.deepEqual(shown('backward gain, from the layer after'), rounded(first.backwardGain, last.backwardGain));
});

test('a hover over a layer without weights, over a preset', async () => {
  const pool = await hover(deep.replace('    - dense', '    - max_|pool: {size: 2}\n    - dense'));
  assert.deepEqual(cells(pool ?? '', 'output'), ['7×7×8']);
  assert.equal(cells(pool ?? '', 'parameters'), undefined);
  const preset = await hover('network:\n  pre|set: small_14\n');
  assert.match(preset ?? '', /conv1 … dense\d: \d+ layers, [\d,]+ parameters in total\./);
});

/** The text after the only quick fix at the cursor. */
async function fixed(marked: string): Promise<{ title: string; text: string; code: unknown }> {
  const { uri, text, textDocument, position } = await open(marked);
  await client.publication((params) => params.uri === uri);
  const actions = await client.connection.sendRequest(CodeActionRequest.type, {
    textDocument,
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
  assert.equal(actions?.length, 1);
  const [action] = actions;
  assert.ok(action && 'edit' in action);
  const edits: TextEdit[] = action.edit?.changes?.[uri] ?? [];
  return {
    title: action.title,
    text: TextDocument.applyEdits(TextDocument.create(uri, 'yaml', 1, text), edits),
    code: action.diagnostics?.[0]?.code,
  };
}

test('quick fixes: the nearest key, the removal of a key that is near none, the fix of a finding', async () => {
  assert.deepEqual(await fixed(`${deep}train: {learn|ing_rat: 0.1}\n`), {
    title: 'Change to `learning_rate`',
    text: `${deep}train: {learning_rate: 0.1}\n`,
    code: 'run-file',
  });
  assert.deepEqual(await fixed(`${deep}train: {momentum: 0, zebra|stripes: ["a:1"]}\n`), {
    title: 'Remove `train.zebrastripes`',
    text: `${deep}train: {momentum: 0}\n`,
    code: 'run-file',
  });
  const { text, code } = await fixed(deep.replace('xavier', 'xav|ier'));
  assert.equal(code, 'vanishing-gradient');
  assert.equal(text, deep.replace('xavier', 'he'));
  const mended = readRunFile(text, { fileName: 'a', folder: '/', forCheck: true });
  assert.deepEqual(mended.mistakes, []);
});

test('a hover shows the details of the finding beneath it', async () => {
  const { uri, textDocument, position } = await open(deep.replace('xavier', 'xav|ier'));
  await client.publication((params) => params.uri === uri);
  const hover = await client.connection.sendRequest(HoverRequest.type, { textDocument, position });
  const { contents } = hover ?? {};
  assert.ok(contents !== undefined && typeof contents === 'object' && 'value' in contents);
  assert.ok(contents.value.includes(`**vanishing-gradient**: ${vanishingGradient.detail}`), contents.value);
});

test('on the learning rate: the test that finds one, and nowhere else', async () => {
  const at = async (marked: string) => {
    const { uri, textDocument, position } = await open(marked);
    await client.publication((params) => params.uri === uri);
    const range = { start: position, end: position };
    const context = { diagnostics: [] };
    const actions = await client.connection.sendRequest(CodeActionRequest.type, { textDocument, range, context });
    return (actions ?? []).flatMap((action) =>
      'kind' in action && action.command
        ? [[action.kind, action.command.command, action.command.arguments?.[0] === uri]]
        : [],
    );
  };
  assert.deepEqual(await at(`${deep}train: {momentum: 0.9, learning_rate: 0|.01}\n`), [
    ['refactor.rewrite', 'rectiscope.learningRate', true],
  ]);
  assert.deepEqual(await at(`${deep}train: {momentum: 0|.9, learning_rate: 0.01}\n`), []);
  assert.deepEqual(await at(`${deep}train: {momentum: -2, learning_rate: 0|.01}\n`), [], 'not in a file with mistakes');
});

const lensesOf = async (text: string, asker = client) => {
  opened++;
  const uri = `file:///folder/${opened}/run.rectiscope.yaml`;
  await asker.open(uri, text);
  const lenses = await asker.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
  return (lenses ?? []).map(({ range, command }) => {
    const [given, ...rest]: unknown[] = command?.arguments ?? [];
    assert.equal(given, uri);
    return [range.start.line, command?.command, ...rest];
  });
};

test('lenses: Train and Check above the file, the proof of a fix above its line, each only where it makes sense', async () => {
  assert.deepEqual(await lensesOf(deep.replace('xavier', 'he')), [
    [0, 'rectiscope.train'],
    [0, 'rectiscope.check'],
  ]);
  assert.deepEqual(await lensesOf(deep), [
    [0, 'rectiscope.train'],
    [0, 'rectiscope.check'],
    [2, 'rectiscope.prove', 'vanishing-gradient'],
  ]);
  assert.deepEqual(await lensesOf('train: {lr: 3}\n'), [[0, 'rectiscope.check']]);
});

test('a client that names no commands gets no lens that would be dead', async () => {
  const other = await LanguageClient.start();
  assert.deepEqual(await lensesOf(deep, other), []);
  await other.stop();
});

const hintsOf = async (asker: LanguageClient, text: string, lines: [from: number, to: number] = [0, 100]) => {
  opened++;
  const uri = `file:///folder/${opened}/run.rectiscope.yaml`;
  await asker.open(uri, text);
  const range = { start: { line: lines[0], character: 0 }, end: { line: lines[1], character: 0 } };
  const hints = await asker.connection.sendRequest(InlayHintRequest.type, { textDocument: { uri }, range });
  return (hints ?? []).map(({ position, label }) => [position.line, position.character, label]);
};

test('hints: the shape behind each layer, and the gradient where it is not as good as He’s', async () => {
  const commented = deep.replace('repeat: 29}', 'repeat: 29} # many');
  const { checked } = checkRunFile(deep, { fileName: 'a', folder: '/' });
  const factor = checked?.propagation.layers[0]?.backwardFactor ?? 1;
  assert.ok(factor < 3e-4);
  assert.deepEqual(await hintsOf(client, commented), [
    [4, 47, '14×14×8'],
    [4, 47, `gradient ${factor.toExponential(1)} × of He’s`],
    [5, 24, '10'],
  ]);
  assert.deepEqual(await hintsOf(client, commented, [5, 5]), [[5, 24, '10']]);
  assert.deepEqual(await hintsOf(client, deep.replace('xavier', 'he')), [
    [4, 47, '14×14×8'],
    [5, 24, '10'],
  ]);
  assert.deepEqual(await hintsOf(client, 'network:\n  preset: small_14\n'), [[1, 18, '224×224×3 → 1000']]);
  assert.deepEqual(await hintsOf(client, 'network: ['), []);
});

test('hints follow the client’s settings, asked for or given at the start', async () => {
  const given = await LanguageClient.start({}, { inlayHints: { shape: false, gradient: 'always' } });
  const good = deep.replace('xavier', 'he');
  assert.deepEqual(await hintsOf(given, good), [
    [4, 47, 'gradient 100 % of He’s'],
    [5, 24, 'gradient 100 % of He’s'],
  ]);
  await given.stop();
  const asked = await LanguageClient.start({ workspace: { configuration: true } });
  const sections: unknown[] = [];
  asked.connection.onRequest(ConfigurationRequest.type, ({ items }) => {
    sections.push(...items.map(({ section }) => section));
    return items.map(() => ({ shape: 'nonsense', gradient: 'off' }));
  });
  assert.deepEqual(await hintsOf(asked, deep), [
    [4, 47, '14×14×8'],
    [5, 24, '10'],
  ]);
  assert.deepEqual(sections, ['rectiscope.inlayHints']);
  await asked.stop();
});

test('the outline has sections, their keys, and layers with their shapes', async () => {
  const { textDocument } = await open(deep);
  const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
  const names = (list: readonly unknown[]): unknown[] =>
    (list as DocumentSymbol[]).map(({ name, detail, children = [] }) => [name, detail, ...names(children)]);
  assert.deepEqual(names(symbols ?? []), [
    [
      'network',
      '',
      ['input', ''],
      ['init', 'xavier'],
      ['layers', '', ['conv1 … conv29', 'conv → 14×14×8'], ['dense1', 'dense → 10']],
    ],
  ]);
});

test('sections, lists and blocks of comments fold', async () => {
  const { textDocument } = await open(`# a\n# b\n${deep}`);
  const folds = await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument });
  assert.deepEqual(
    folds?.map(({ startLine, endLine, kind }) => [startLine, endLine, kind]),
    [
      [0, 1, 'comment'],
      [2, 7, undefined],
      [5, 7, undefined],
    ],
  );
});

test('a selection grows from the word to the file', async () => {
  const { text, document, textDocument, position } = await open(deep.replace('filters: 8', 'filters: |8'));
  const ranges = await client.connection.sendRequest(SelectionRangeRequest.type, {
    textDocument,
    positions: [position],
  });
  const selected: string[] = [];
  for (let range = ranges?.[0]; range; range = range.parent) selected.push(document.getText(range.range));
  assert.deepEqual(selected.slice(0, 4), [
    '8',
    'filters: 8',
    '{filters: 8, kernel: 3, repeat: 29}',
    'conv: {filters: 8, kernel: 3, repeat: 29}',
  ]);
  assert.equal(selected.at(-1), text);
});

test('an unknown request, an unknown document, a document that was closed: all are answered', async () => {
  const unknown = new ProtocolRequestType<object, null, never, void, void>('rectiscope/unheardOf');
  await assert.rejects(client.connection.sendRequest(unknown, {}), /Unhandled method/);
  const textDocument = { uri: 'file:///nowhere.rectiscope.yaml' };
  const position = { line: 3, character: 5 };
  assert.equal(await client.connection.sendRequest(HoverRequest.type, { textDocument, position }), null);
  assert.deepEqual(await client.connection.sendRequest(CompletionRequest.type, { textDocument, position }), []);
  assert.deepEqual(await client.connection.sendRequest(CodeLensRequest.type, { textDocument }), []);
});
