/** `rectiscope prove` from outside: the example that stalls, narrower and shorter, really trained. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-prove-'));

async function rectiscope(...parameters: string[]) {
  const child = spawn(process.execPath, [place('server/cli.ts'), ...parameters], {
    cwd: folder,
    env: { ...process.env, RECTISCOPE_HOME: join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr, last: () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') };
}

before(() => {
  const example = readFileSync(place('examples/xavier-30.rectiscope.yaml'), 'utf8');
  // Narrower than that, the fixed copy may stay at chance, too.
  writeFileSync(join(folder, 'x.rectiscope.yaml'), example.replaceAll(/filters: \d+/g, 'filters: 8'));
});

after(async () => {
  await rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('rectiscope prove', () => {
  it('of a run that stalled trains the fixed copy until the evidence is there, and keeps the verdict', async () => {
    const trained = await rectiscope('train', 'x.rectiscope.yaml', '--backend', 'onnx');
    assert.equal(trained.code, 3, trained.stderr);
    // A cause in full, and beneath it briefly what follows from it.
    assert.match(trained.stdout, /: error vanishing-gradient at step 2, line \d+: The gradient vanishes/);
    assert.match(trained.stdout, /: {3}↳ error stalled at step \d+, follows from vanishing-gradient\n/);

    const proved = await rectiscope('prove', 'xavier-30', '--json');
    assert.equal(proved.code, 0, proved.stderr);
    const { fixes, runs, verdict, proof } = proved.last();
    assert.deepEqual(fixes, ['vanishing-gradient: Initialise for rectifiers: init: he']);
    assert.deepEqual(
      runs.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [
        ['xavier-30', 'stalled'],
        ['xavier-30-fixed', 'stopped'],
      ],
    );
    assert.deepEqual([proof.state, proof.outcome, proof.early], ['decided', 'helps', true]);
    assert.ok(proof.sides[0].loss - proof.sides[1].loss >= 0.1 * Math.LN10);
    assert.match(verdict, /^The fix helps: .* Decided at step \d+: xavier-30 never learnt, xavier-30-fixed does\.$/);

    const shown = await rectiscope('show', 'xavier-30', '--json');
    assert.deepEqual(shown.last().proofs, [proof]);
    const { stdout } = await rectiscope('show', 'xavier-30');
    assert.ok(
      stdout.includes(
        `proof of vanishing-gradient (Initialise for rectifiers: init: he) by ${proof.fixed}: ${verdict}\n`,
      ),
      stdout,
    );
  });

  it('names what is wrong', async () => {
    assert.equal((await rectiscope('prove', 'nobody')).code, 4);
    const { code, stderr } = await rectiscope('prove', 'x.rectiscope.yaml', '--rule', 'class-imbalance');
    assert.notEqual(code, 0);
    assert.match(stderr, /x\.rectiscope\.yaml: `check` finds nothing to fix by rule class-imbalance/);
    writeFileSync(join(folder, 'bad.rectiscope.yaml'), 'version: 1\nnetwerk: {}\n');
    const bad = await rectiscope('prove', 'bad.rectiscope.yaml');
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /bad\.rectiscope\.yaml:2:1: .*network/);
  });
});
