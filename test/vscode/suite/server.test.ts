/** Runs that stop and continue, and a training server that goes away. */
import assert from 'node:assert/strict';
import type { Parts } from '../../../extension/extension.ts';
import { Hello, PROTOCOL_VERSION, type RunSummary, Show, Shutdown } from '../../../server/protocol/requests.ts';
import { unpack } from '../../../server/protocol/scalar.ts';
import { until } from './until.ts';
import { ended, execute, extension, open } from './window.ts';

describe('a run that is stopped', () => {
  let parts: Parts;

  before(async () => {
    ({ parts } = await extension());
  });

  it('stops with a checkpoint and continues from it', async () => {
    await open('long');
    const { run } = await execute<RunSummary>('train');
    await until('a few steps', () => (parts.stores.run(run)?.step ?? 0) > 5, 60_000);
    assert.match(parts.statusBar.text ?? '', /^\$\(sync~spin\) long · epoch/);
    assert.equal(parts.tree.view.badge?.value, 1);
    await execute('stop', run);
    await ended(parts, run, 'stopped');
    const stopped = parts.stores.run(run)?.step ?? 0;
    assert.match(parts.tree.getTreeItem(run).contextValue ?? '', /resumable/);
    await execute('resume', run);
    await until('it goes on', () => (parts.stores.run(run)?.step ?? 0) > stopped, 60_000);
    await execute('stop', run);
    await ended(parts, run, 'stopped');
  });
});

describe('a training server that goes away', () => {
  let parts: Parts;
  let run: string;
  const stepOf = () => parts.stores.run(run)?.step ?? 0;
  const status = () => parts.stores.request(run, Hello, { protocol: PROTOCOL_VERSION });

  before(async () => {
    ({ parts } = await extension());
    await open('long');
    run = (await execute<RunSummary>('train')).run;
    await until('a few steps', () => stepOf() > 3, 120_000);
  });

  it('is restarted after it was killed, and its run continues', async () => {
    const { pid } = await status();
    process.kill(pid, 'SIGKILL');
    await until('the line is cut', () => parts.stores.state.state !== 'connected');
    await until('a server is there again', () => parts.stores.state.state === 'connected');
    assert.notEqual((await status()).pid, pid);
    const before = stepOf();
    await until('the run goes on', () => parts.stores.run(run)?.state === 'running' && stepOf() > before, 120_000);
    const { steps } = await parts.stores.request(run, Show, { run });
    const all = [...unpack(steps.step)];
    assert.deepEqual(
      all,
      all.map((_, i) => i + 1),
      'every step once',
    );
  });

  it('is not restarted after it was stopped, until a request', async () => {
    await (await parts.stores.connectionOf(run).connect()).request(Shutdown);
    await until('the views say so', () => parts.stores.state.state === 'lost');
    assert.match(parts.statusBar.text ?? '', /not connected/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(parts.stores.state.state, 'lost');
    await execute('stop', run);
    assert.equal(parts.stores.state.state, 'connected');
    await ended(parts, run, 'stopped');
  });
});
