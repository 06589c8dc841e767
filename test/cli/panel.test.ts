/** `rectiscope panel` from outside: access, what is served, what is printed, how it ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { connectToServer, stopServer } from '../../server/client/connect.ts';
import { proofFor } from '../../server/panel/door.ts';
import type { BrowserMessage } from '../../server/protocol/panel.ts';
import { processFile } from '../../server/system/processes.ts';
import { type PanelCommand, startPanel } from '../support/panel-command.ts';
import { connect, later, temporaryFolder, train, until } from '../support/training-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request as it stands: `fetch` would set Host and Origin by itself. */
function ask(
  { port }: PanelCommand,
  path: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const pathOf = ({ url }: PanelCommand): string => new URL(url).pathname + new URL(url).search;

/** A page without a browser: what it is sent, and how it speaks. */
async function openStream(t: TestContext, panel: PanelCommand) {
  const controller = new AbortController();
  later(t, () => controller.abort());
  const headers = { authorization: `Bearer ${panel.token}` };
  const response = await fetch(`${panel.origin}/stream`, { headers, signal: controller.signal });
  assert.equal(response.status, 200);
  const page = response.headers.get('rectiscope-page') ?? '';
  const heard: BrowserMessage[] = [];
  const reading = (async () => {
    let begun = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (begun + piece).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) if (line !== '') heard.push(JSON.parse(line) as BrowserMessage);
    }
  })();
  // Ended by the test, or with the command.
  reading.catch(() => undefined);
  const say = (message: unknown) =>
    fetch(`${panel.origin}/message`, {
      method: 'POST',
      headers: { ...headers, 'rectiscope-page': page },
      body: JSON.stringify(message),
    });
  const hears = async <Type extends BrowserMessage['type']>(type: Type, fits: (message: BrowserMessage) => boolean) => {
    await until(() => heard.some((one) => one.type === type && fits(one)), `${type} is heard`);
    return heard.find((one) => one.type === type && fits(one)) as Extract<BrowserMessage, { type: Type }>;
  };
  return { say, hears, heard, leave: () => controller.abort() };
}

describe('the panel in a browser: who is let in', () => {
  let panel: PanelCommand;
  let end: () => Promise<unknown>;

  // One command for all tests of the door; a test's own `later` would end it with the first.
  before(async () => {
    const actions: (() => unknown)[] = [];
    const t = { after: (action: () => unknown) => actions.push(action) } as unknown as TestContext;
    const home = temporaryFolder(t);
    later(t, () => stopServer(home));
    panel = await startPanel(t, { home });
    end = () => Promise.all(actions.map((action) => action()));
  });
  after(() => end());

  it('serves the page to who has the token, under a policy that lets nothing else in', async () => {
    assert.match(panel.url, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{48}$/);
    const { status, headers, body } = await ask(panel, pathOf(panel));
    assert.equal(status, 200);
    assert.match(body, /<div id="panel">/);
    assert.doesNotMatch(body, new RegExp(panel.token));
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    const nonce = /script-src 'nonce-([\w-]{24})'/.exec(policy)?.[1] ?? '';
    const scripts = [...body.matchAll(/<script nonce="([^"]+)" src="\/\w+\.js"><\/script>/g)];
    assert.deepEqual(
      scripts.map(([, own]) => own),
      [nonce, nonce],
    );
    assert.equal(body.match(/<script/g)?.length, 2);
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    const again = await ask(panel, pathOf(panel));
    assert.doesNotMatch(String(again.headers['content-security-policy']), new RegExp(nonce), 'a nonce is used once');
  });

  it('gives a cookie that opens the page again, and nothing but the page', async () => {
    const { headers } = await ask(panel, pathOf(panel));
    const cookie = String(headers['set-cookie']);
    assert.match(cookie, /; HttpOnly; SameSite=Strict; Path=\/$/);
    assert.doesNotMatch(cookie, new RegExp(panel.token));
    const [pair = ''] = cookie.split(';');
    assert.equal((await ask(panel, '/', { headers: { cookie: pair } })).status, 200);
    assert.equal((await ask(panel, '/stream', { headers: { cookie: pair } })).status, 403);
    assert.equal((await ask(panel, '/', { headers: { cookie: `${pair}x` } })).status, 403);
  });

  for (const [what, path] of [
    ['no token', '/'],
    ['an empty token', '/?token='],
    ['a wrong token', `/?token=${'0'.repeat(48)}`],
  ] as const)
    it(`refuses ${what}, and says what to do`, async () => {
      const { status, headers, body } = await ask(panel, path);
      assert.equal(status, 403);
      assert.match(body, /Open the full address that <code>rectiscope panel<\/code> printed/);
      assert.doesNotMatch(body, /<script/);
      assert.equal(headers['set-cookie'], undefined);
    });

  it('sends nothing to a page without the token in its header, and accepts nothing from it', async () => {
    const right = { authorization: `Bearer ${panel.token}` };
    for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: `Bearer ${panel.token}0` }]) {
      assert.equal((await ask(panel, '/stream', { headers })).status, 403);
      assert.equal((await ask(panel, '/message', { method: 'POST', headers, body: '{"type":"ready"}' })).status, 403);
    }
    assert.equal((await ask(panel, `/stream?token=${panel.token}`)).status, 403);
    assert.equal((await ask(panel, '/message', { method: 'POST', headers: right, body: '{}' })).status, 410);
  });

  for (const [what, headers] of [
    ['the name of another site (DNS rebinding)', { host: 'attacker.example' }],
    ['such a name with our port', { host: 'attacker.example:80' }],
    ['a name that begins like ours', { host: '127.0.0.1.attacker.example' }],
    ['a page of another site', { origin: 'https://attacker.example' }],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['a page without an origin of its own', { origin: 'null' }],
  ] as const)
    it(`refuses ${what}, whatever is asked for`, async () => {
      const all = { authorization: `Bearer ${panel.token}`, ...headers };
      for (const path of [pathOf(panel), '/webview.js', '/stream', '/proof?challenge=0123456789abcdef'])
        assert.equal((await ask(panel, path, { headers: all })).status, 403, path);
      const message = await ask(panel, '/message', { method: 'POST', headers: all, body: '{"type":"ready"}' });
      assert.equal(message.status, 403);
    });

  it('refuses a request that the browser marks as made by another site', async () => {
    const headers = { authorization: `Bearer ${panel.token}`, 'sec-fetch-site': 'same-site' };
    assert.equal((await ask(panel, '/stream', { headers })).status, 403);
  });

  it('serves the page’s four files and nothing else of the disk', async () => {
    for (const [file, type] of [
      ['webview.js', 'text/javascript'],
      ['webview.css', 'text/css'],
      ['browser.js', 'text/javascript'],
      ['browser.css', 'text/css'],
    ] as const) {
      const { status, headers, body } = await ask(panel, `/${file}`);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], `${type}; charset=utf-8`);
      assert.ok(body.length > 500);
    }
    for (const path of [
      '/package.json',
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '//etc/passwd',
      '/etc/passwd',
      '/panel.json',
      '/.rectiscope/panel.json',
      '/__proto__',
      '/constructor',
      '/favicon.ico',
    ]) {
      const { status, body } = await ask(panel, path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(body, /root:|rectiscope-/);
    }
    assert.equal((await ask(panel, '//')).status, 400);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      assert.equal((await ask(panel, pathOf(panel), { method })).status, 405);
  });

  it('proves to a page that it knows the token, without revealing it', async () => {
    const challenge = 'abcdefghijklmnop0123';
    const { status, body } = await ask(panel, `/proof?challenge=${challenge}`);
    assert.equal(status, 200);
    assert.equal(body, proofFor(panel.token, challenge));
    assert.equal((await ask(panel, '/proof?challenge=short')).status, 400);
  });

  it('rejects unknown and huge messages', async (t) => {
    const { say, hears } = await openStream(t, panel);
    for (const odd of [null, 7, [], {}, { type: 'hello' }, { type: 'stop' }, { type: 'reveal', run: 'r', line: '1' }])
      assert.equal((await say(odd)).status, 400, JSON.stringify(odd));
    assert.equal((await say({ type: 'save', name: '/etc/x', mime: 'text/csv', text: '' })).status, 400);
    assert.equal((await say({ type: 'choose', runs: ['x'.repeat(2 ** 21)] })).status, 413);
    assert.equal((await say({ type: 'ready' })).status, 204);
    await hears('connection', (one) => one.type === 'connection' && one.state === 'connected');
    await hears('runs', () => true);
  });

  it('listens on loopback alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((one) => one ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others)
      await assert.rejects(fetch(`http://${address}:${panel.port}/`, { signal: AbortSignal.timeout(2000) }));
  });
});

describe('the panel in a browser: its life', () => {
  it('streams a run from its snapshot on, without a gap, and stops it', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    const { run } = await train(client, 'steps=100000 save=20 pause=5');
    const panel = await startPanel(t, { home });
    const { say, hears, heard } = await openStream(t, panel);
    await say({ type: 'ready' });
    await hears('runs', (one) => one.type === 'runs' && one.runs.some((other) => other.run === run));
    await say({ type: 'choose', runs: [run] });
    const { snapshot } = await hears('snapshot', () => true);
    await hears('delta', (one) => one.type === 'delta' && one.delta.sequence > snapshot.sequence + 20);
    assert.equal((await say({ type: 'stop', run })).status, 204);
    await hears('runs', (one) => one.type === 'runs' && one.runs.some(({ state }) => state === 'stopped'));
    const sequences = heard.flatMap((one) => (one.type === 'delta' ? [one.delta.sequence] : []));
    assert.deepEqual(
      sequences,
      sequences.map((_, i) => snapshot.sequence + 1 + i),
    );
  });

  it('sends every delta once to each of two pages, also when one of them goes', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    const { run } = await train(client, 'steps=100000 save=20 pause=5');
    const panel = await startPanel(t, { home });
    const pages = [await openStream(t, panel), await openStream(t, panel)];
    const reaches = async ({ hears }: (typeof pages)[number], more: number, from: number) =>
      hears('delta', (one) => one.type === 'delta' && one.delta.sequence > from + more);
    for (const { say } of pages) {
      await say({ type: 'ready' });
      await say({ type: 'choose', runs: [run] });
    }
    const snapshots = await Promise.all(pages.map(({ hears }) => hears('snapshot', () => true)));
    await Promise.all(pages.map((page) => reaches(page, 20, snapshots[1]?.snapshot.sequence ?? 0)));
    const [first, second] = pages as [(typeof pages)[number], (typeof pages)[number]];
    first.leave();
    await reaches(second, 60, snapshots[1]?.snapshot.sequence ?? 0);
    await second.say({ type: 'stop', run });
    for (const { heard } of pages) {
      const sequences = heard.flatMap((one) => (one.type === 'delta' ? [one.delta.sequence] : []));
      assert.ok(sequences.length > 10);
      assert.deepEqual(
        sequences,
        sequences.map((_, i) => (sequences[0] ?? 0) + i),
      );
    }
  });

  it('passes on a refusal of the training server', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    const { run } = await train(client, 'steps=100000 save=20 pause=5');
    const { say, hears } = await openStream(t, await startPanel(t, { home }));
    await say({ type: 'ready' });
    await say({ type: 'remove', run });
    const { message } = await hears('problem', () => true);
    assert.match(message, /stop/i);
    await say({ type: 'stop', run: 'r-nowhere' });
    await hears('problem', (one) => one.type === 'problem' && /No run “r-nowhere”/.test(one.message));
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`ends by ${signal} with 130, and leaves the training server as it is`, async (t) => {
      const home = temporaryFolder(t);
      later(t, () => stopServer(home));
      const panel = await startPanel(t, { home });
      // A page that is open keeps nothing from ending.
      await openStream(t, panel);
      panel.child.kill(signal);
      assert.equal(await panel.exit, 130);
      assert.deepEqual(panel.said, []);
      const client = await connectToServer({ home, start: false });
      assert.ok(client, 'the training server answers');
      client.dispose();
      await assert.rejects(fetch(panel.origin));
    });

  it('refuses a port that is taken or none, with code 2 and a sentence', async (t) => {
    const server = createServer();
    later(t, () => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const home = temporaryFolder(t);
    const run = (...words: string[]) =>
      spawnSync(process.execPath, [processFile('cli'), 'panel', ...words], {
        encoding: 'utf8',
        env: { ...process.env, RECTISCOPE_HOME: home },
      });
    const taken = run('--port', String(port));
    assert.equal(taken.status, 2);
    assert.match(taken.stderr, new RegExp(`^Port ${port} is taken on 127\\.0\\.0\\.1: .*Choose another port`));
    assert.equal(taken.stdout, '');
    for (const odd of ['70000', '-1', 'http', '1.5']) {
      const { status, stderr } = run(`--port=${odd}`);
      assert.equal(status, 2);
      assert.match(stderr, /--port: expected a port of this machine, 0 to 65535; found/);
    }
    assert.equal(await connectToServer({ home, start: false }), undefined, 'no training server was started for it');
  });

  it('started again has the address that it had, kept for its owner alone; a second one beside it has another', async (t) => {
    const home = temporaryFolder(t);
    later(t, () => stopServer(home));
    const first = await startPanel(t, { home });
    if (process.platform !== 'win32') assert.equal(statSync(join(home, 'panel.json')).mode & 0o777, 0o600);
    first.child.kill('SIGKILL');
    await first.exit;
    const second = await startPanel(t, { home });
    assert.equal(second.url, first.url);
    const third = await startPanel(t, { home });
    assert.notEqual(third.port, second.port);
    assert.notEqual(third.token, second.token);
    // The pages of the one that was there first find it again: the one beside it was never remembered.
    for (const one of [third, second]) {
      one.child.kill('SIGKILL');
      await one.exit;
    }
    assert.equal((await startPanel(t, { home })).url, first.url);
  });
});
