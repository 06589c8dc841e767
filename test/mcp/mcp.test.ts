/** `rectiscope mcp` as an agent uses it: the SDK's own client over standard input and output. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { HANG_MS } from '../support/hang.ts';
import { runFile, writeData } from '../support/tiny-run.ts';
import { exists, until } from '../support/training-server.ts';

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rectiscope-mcp-')));
const XAVIER = 'xavier-30.rectiscope.yaml';
const environment = { ...(process.env as Record<string, string>), RECTISCOPE_HOME: join(folder, 'home') };
const command = { command: process.execPath, args: [place('server/cli.ts'), 'mcp'], cwd: folder, env: environment };

let transport: StdioClientTransport;
let client: Client;
let said = '';

/** What a tool answers, which the client has held against the tool's schema. */
async function call<T = Record<string, unknown>>(name: string, input: Record<string, unknown>): Promise<T> {
  const { isError, structuredContent, content } = await client.callTool(
    { name, arguments: input },
    { timeout: HANG_MS },
  );
  assert.ok(!isError, JSON.stringify(content));
  const [first] = content;
  assert.ok(first?.type === 'text');
  assert.deepEqual(JSON.parse(first.text), structuredContent, 'the text is for clients that know no structure');
  return structuredContent as T;
}

/** What a tool says where it can't. */
async function refusal(name: string, input: Record<string, unknown>): Promise<string> {
  const { isError, content } = await client.callTool({ name, arguments: input });
  const [first] = content;
  assert.ok(isError && first?.type === 'text', JSON.stringify(content));
  assert.doesNotMatch(first.text, /\n\s+at /, 'no stack');
  return first.text;
}

before(async () => {
  copyFileSync(place(`examples/${XAVIER}`), join(folder, XAVIER));
  writeData(folder);
  writeFileSync(join(folder, 'small.rectiscope.yaml'), runFile({ steps: 20 }));
  writeFileSync(join(folder, 'endless.rectiscope.yaml'), runFile({ steps: 10_000_000 }));
  transport = new StdioClientTransport({ ...command, stderr: 'pipe' });
  transport.stderr?.on('data', (part: Buffer) => {
    said += part.toString();
  });
  client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
});

after(async () => {
  await client.close();
  spawnSync(process.execPath, [place('server/cli.ts'), 'server', 'stop'], { cwd: folder, env: environment });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Finding {
  rule: string;
  line: number;
  evidence: object;
  cause?: string;
  fix?: { edits: { text: string }[] };
}

describe('rectiscope mcp', () => {
  it('offers tools that say what they change, with schemas, and how a run file is written', async () => {
    const { tools } = await client.listTools();
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
    assert.deepEqual(
      Object.entries(hints).flatMap(([name, hint]) => (hint?.readOnlyHint ? [name] : [])),
      ['check', 'overfit', 'look', 'runs', 'show', 'compare'],
    );
    assert.deepEqual(
      Object.entries(hints).flatMap(([name, hint]) => (hint?.destructiveHint ? [name] : [])),
      ['fix', 'lr'],
    );
    assert.deepEqual(tools.map(({ name }) => name).toSorted(), [
      ...['check', 'compare', 'fix', 'look', 'lr', 'overfit', 'prove', 'resume', 'runs', 'show', 'stop', 'train'],
    ]);
    const page = readFileSync(place('docs/agents.md'), 'utf8');
    for (const { name, description, outputSchema, inputSchema } of tools) {
      assert.match(page, new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm'), 'docs/agents.md has a row for it');
      assert.ok(description && outputSchema, name);
      assert.ok(Object.values(inputSchema.properties ?? {}).length > 0, name);
    }
    assert.match(client.getInstructions() ?? '', /`check`.*`fix`.*`train`.*`prove`/s);
    const { resources } = await client.listResources();
    const texts = await Promise.all(resources.map(({ uri }) => client.readResource({ uri })));
    const [example, schema] = texts.map(({ contents: [one] }) => (one && 'text' in one ? one.text : ''));
    assert.match(example ?? '', /^version: 1$/m);
    assert.equal(JSON.parse(schema ?? '').type, 'object');
  });

  it('checks a file: findings with evidence on their line, as the command does', async () => {
    const checked = await call<{ readable: boolean; findings: Finding[] }>('check', { file: XAVIER });
    const { stdout } = spawnSync(process.execPath, [place('server/cli.ts'), 'check', XAVIER, '--json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    assert.equal(checked.readable, true);
    assert.equal('layers' in checked, false);
    assert.deepEqual(
      checked.findings.map(({ rule, line, cause }) => ({ rule, line, cause })),
      findings.map(({ rule, line, cause }) => ({ rule, line, cause })),
    );
    assert.equal(checked.findings[0]?.fix?.edits[0]?.text, 'he');
    const { layers } = await call<{ layers: object[] }>('check', { file: XAVIER, layers: true });
    assert.equal(layers.length, 30);

    writeFileSync(join(folder, 'bad.rectiscope.yaml'), 'version: 1\nnetwerk: {}\n');
    const bad = await call<{ readable: boolean; findings: Finding[] }>('check', { file: 'bad.rectiscope.yaml' });
    assert.deepEqual([bad.readable, bad.findings[0]?.rule], [false, 'run-file']);
  });

  it('changes a file only with `write`', async () => {
    const before = readFileSync(join(folder, XAVIER), 'utf8');
    const shown = await call<{ removed: string[]; added: string[]; written: boolean }>('fix', { file: XAVIER });
    assert.equal(shown.written, false);
    assert.match(shown.removed.join(), /^ {2}init: xavier /);
    assert.match(shown.added.join(), /^ {2}init: he /);
    assert.equal(readFileSync(join(folder, XAVIER), 'utf8'), before);

    const copy = 'fixed.rectiscope.yaml';
    writeFileSync(join(folder, copy), before);
    assert.equal((await call('fix', { file: copy, write: true }))['written'], true);
    assert.match(readFileSync(join(folder, copy), 'utf8'), /^ {2}init: he /m);
    assert.deepEqual((await call('check', { file: copy }))['findings'], []);
    const again = await call('fix', { file: copy, write: true });
    assert.deepEqual([again['written'], again['fixes']], [false, []]);
  });

  it('trains, shows and compares in short numbers, never in series', async () => {
    const input = { backend: 'onnx', wait_seconds: 120 };
    const first = await call('train', { ...input, file: 'small.rectiscope.yaml' });
    const set = ['train.learning_rate=0.01', 'name=slower'];
    const second = await call('train', { ...input, file: 'small.rectiscope.yaml', set });
    assert.deepEqual(
      [first['state'], first['step'], second['state'], second['name']],
      ['finished', 20, 'finished', 'slower'],
    );

    const { stdout } = spawnSync(process.execPath, [place('server/cli.ts'), 'show', 'small', '--json'], {
      cwd: folder,
      encoding: 'utf8',
      env: environment,
    });
    const full = JSON.parse(stdout) as { steps: { loss: number }[]; run: string };
    const shown = await call<{ run: string; curve: { step: number; loss: number }[] }>('show', { run: 'small' });
    assert.equal(shown.run, full.run);
    assert.deepEqual(
      shown.curve.map(({ step }) => step),
      [2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    );
    const [a = 0, b = 0] = full.steps.map(({ loss }) => loss);
    assert.ok(Math.abs((shown.curve[0]?.loss ?? 0) - (a + b) / 2) < 1e-3);
    assert.ok(JSON.stringify(shown).length < 6000, `${JSON.stringify(shown).length} characters`);

    const compared = await call<{ configuration: object[]; verdict: string }>('compare', { runs: ['small', 'slower'] });
    assert.deepEqual(compared.configuration, [{ key: 'train.learning_rate', values: ['0.05', '0.01'] }]);
    assert.match(compared.verdict, /top-1 error/);
    const { runs, all } = await call<{ runs: { name: string }[]; all: number }>('runs', { limit: 1 });
    assert.deepEqual([runs.map(({ name }) => name), all], [['slower'], 2]);
  });

  it('reports what is wrong and what to do', async () => {
    assert.match(await refusal('show', { run: 'nobody' }), /^No run “nobody”\. `rectiscope runs` lists/);
    assert.match(await refusal('check', { file: 'none.yaml' }), /^none\.yaml: there is no such file\.$/);
    assert.match(await refusal('check', { file: 'a\0b' }), /: the name is not valid for a file\.$/);
    assert.match(await refusal('check', { file: XAVIER, extra: 1 }), /extra/);
    const long = await refusal('check', { file: 'x'.repeat(100_000) });
    assert.ok(long.length < 1000, `${long.length} characters are answered`);
    assert.match(
      await refusal('train', { file: 'bad.rectiscope.yaml' }),
      /bad\.rectiscope\.yaml:2:1: .*`netwerk`.*`network`/,
    );
    assert.match(await refusal('train', { file: XAVIER, set: ['train.bananas=3'] }), /Unknown key `bananas`/);
    assert.match(await refusal('compare', { runs: ['small'] }), /runs/);
    assert.match(await refusal('resume', { run: 'small' }), /is finished: give the number of `epochs`/);
    assert.match(await refusal('lr', { file: 'bad.rectiscope.yaml' }), /`netwerk`/);
    assert.match(await refusal('fix', { file: XAVIER, rule: 'vanishing' }), /rule.*"vanishing-gradient"/);
    assert.match(await refusal('prove', { target: 'small', rule: 'class-imbalance' }), /class-imbalance/);
  });

  it('tests learning rates, and writes nothing', async () => {
    const before = readFileSync(join(folder, 'small.rectiscope.yaml'), 'utf8');
    const tested = await call<{ curve: object[]; reason: string }>('lr', { file: 'small.rectiscope.yaml' });
    assert.ok(tested.curve.length > 3 && tested.curve.length <= 13, `${tested.curve.length}`);
    assert.notEqual(tested.reason, '');
    assert.equal(readFileSync(join(folder, 'small.rectiscope.yaml'), 'utf8'), before);
  });

  it('tests whether two batches can be learnt by heart, and shows the images in a picture', async () => {
    const tested = await call<{ learns: boolean; verdict: string }>('overfit', { file: 'small.rectiscope.yaml' });
    assert.deepEqual([tested.learns, /^Learns two batches by heart/.test(tested.verdict)], [true, true]);
    assert.match(await refusal('overfit', { file: 'bad.rectiscope.yaml' }), /`netwerk`/);

    const input = { file: 'small.rectiscope.yaml', count: 5 };
    const { content, structuredContent } = await client.callTool({ name: 'look', arguments: input });
    const { images, shape, picture } = structuredContent as { images: number; shape: number[]; picture: string };
    assert.deepEqual([images, shape], [5, [6, 6, 1]]);
    const [, image] = content;
    assert.ok(image?.type === 'image' && image.mimeType === 'image/png');
    assert.deepEqual(Buffer.from(image.data, 'base64'), readFileSync(picture));
    rmSync(dirname(picture), { recursive: true });
    assert.match(await refusal('look', { file: 'bad.rectiscope.yaml' }), /`netwerk`/);
  });

  it('waits no longer than requested; a running run is stopped, and resumed', async () => {
    const queued = await call('train', { file: 'endless.rectiscope.yaml', backend: 'onnx', wait_seconds: 0 });
    assert.match(String(queued['state']), /queued|running/);
    const waited = await call('show', { run: 'endless', wait_seconds: 1 });
    assert.match(String(waited['state']), /queued|running/);
    await until(async () => Number((await call('show', { run: 'endless' }))['step']) > 8, 'it trains');
    assert.equal((await call('stop', { run: 'endless' }))['state'], 'stopped');
    assert.match(String((await call('resume', { run: 'endless' }))['state']), /queued|running/);
    assert.equal((await call('stop', { run: 'endless' }))['state'], 'stopped');
  });

  it('has written nothing but the protocol', () => {
    assert.doesNotMatch(said, /\n\s+at /, said);
    assert.doesNotMatch(said, /MCP:/, said);
  });

  it('ends when its input is closed, also while it waits, and leaves no process behind', async (t) => {
    const child = spawn(command.command, command.args, {
      cwd: folder,
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const printed = text(child.stdout);
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'test', version: '1' };
    send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
    send({ method: 'notifications/initialized' });
    const answered = new Promise<void>((resolve) => void child.stdout.once('data', () => resolve()));
    await answered;
    const slow = { name: 'train', arguments: { file: 'endless.rectiscope.yaml', backend: 'onnx', wait_seconds: 600 } };
    send({ id: 2, method: 'tools/call', params: slow });
    send({ id: 3, method: 'tools/call', params: { name: 'lr', arguments: { file: XAVIER } } });
    const isTraining = async () => {
      const { runs } = await call<{ runs: { name: string; state: string }[] }>('runs', {});
      return runs.some(({ name, state }) => name === 'endless' && state === 'running');
    };
    await until(isTraining, 'the run of the second one trains');
    const list = `/proc/${child.pid}/task/${child.pid}/children`;
    const own = existsSync(list) ? readFileSync(list, 'utf8').trim().split(' ').map(Number) : [];
    if (process.platform === 'linux') assert.equal(own.length, 1, 'the range test');
    child.stdin.end();
    const [code] = await exit;
    assert.equal(code, 0);
    // The training server is detached, and continues the run.
    assert.equal(await isTraining(), true);
    await until(() => own.every((pid) => !exists(pid)), 'the range test has ended');
    for (const line of (await printed).trim().split('\n')) assert.equal(JSON.parse(line).jsonrpc, '2.0');
    await call('stop', { run: 'endless' });
  });
});
