/**
 * `npm run test:machines`: the packed package as users of other machines have it. Takes minutes, and npm's registry: it is no part of
 * `npm test`, but of `.ci/run`.
 */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { nodeRelease, npm, pack, pathWithoutNpm, rectiscope, userEnvironment } from './installed.ts';

const root = resolve(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'rectiscope-machines-'));
/** What breaks addresses, shells and command lines; Windows allows no question mark. */
const folder = join(scratch, process.platform === 'win32' ? 'a #b %20 üñ 写' : 'a #b? %20 üñ 写');
const home = join(scratch, 'home of a user');
const tarball = () => join(scratch, 'packed', readdirSync(join(scratch, 'packed'))[0] ?? '');
let env: NodeJS.ProcessEnv = {};

/** A file that trains in a second. */
const tiny = (source: string) => `version: 1
name: tiny
data: {source: ${source}, limit: {train: 64, val: 40}}
network: {input: [28, 28, 1], layers: [{conv: {filters: 2, kernel: 3, stride: 4}}, global_average_pool, {dense: {units: 10}}]}
train: {batch_size: 16, steps: 4, learning_rate: 0.01}
`;

/** A data folder of ten classes with a few images each. */
async function imageFolder(to: string): Promise<void> {
  const grey = { create: { width: 28, height: 28, channels: 3 as const, background: '#777777' } };
  const bytes = await sharp(grey).png().toBuffer();
  for (const set of ['train', 'val'])
    for (let label = 0; label < 10; label++) {
      const place = join(to, set, `class ${label}`);
      mkdirSync(place, { recursive: true });
      for (let i = 0; i < 4; i++) writeFileSync(join(place, `${i}.png`), bytes);
    }
}

const run = (words: readonly string[], more: Partial<Parameters<typeof rectiscope>[1]> = {}) =>
  rectiscope(words, { folder, env, ...more });

/** Commands that need neither images nor an engine. */
function worksWithoutEngines(more: Parameters<typeof run>[1] = {}): void {
  for (const words of [['--version'], ['check', 'tiny.rectiscope.yaml'], ['runs']]) {
    const { exit, text } = run(words, more);
    assert.equal(exit, 0, `${words.join(' ')}: ${text}`);
  }
}

before(() => {
  env = userEnvironment(home);
  mkdirSync(folder, { recursive: true });
  mkdirSync(home);
  pack(root, join(scratch, 'packed'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  writeFileSync(join(folder, 'tiny.rectiscope.yaml'), tiny('fashion-mnist'));
});

after(() => {
  run(['server', 'stop']);
  rmSync(scratch, { recursive: true, force: true });
});

describe('the packed package', { concurrency: false }, () => {
  it('has less than 12 MB', () => assert.ok(statSync(tarball()).size < 12e6));

  it('is installed with install scripts on, without a warning', () => {
    const said = npm(['install', '--ignore-scripts=false', '--no-audit', '--no-fund', tarball()], { cwd: folder, env });
    assert.doesNotMatch(said, /EBADENGINE|npm warn/i);
    assert.ok(!existsSync(join(folder, 'node_modules', 'onnxruntime-node')));
  });

  it('says where onnxruntime can’t be fetched, and does what needs none', () => {
    const offline = { ...env, PATH: pathWithoutNpm(process.execPath) };
    const more = { env: offline, node: process.execPath };
    worksWithoutEngines(more);
    const { text: doctor } = run(['doctor'], more);
    assert.match(doctor, /information onnxruntime-missing: onnxruntime [\d.]+, which trains, is not on this machine/);
    const { exit, text } = run(['train', 'tiny.rectiscope.yaml'], more);
    assert.equal(exit, 2, text);
    assert.match(text, /there is no npm on the path to fetch it with\. Put npm on the path\. Or install it by hand/);
    run(['server', 'stop'], more);
  });

  it('checks, trains and looks at runs in a folder of an odd name', () => {
    const { exit, text } = run(['train', 'tiny.rectiscope.yaml']);
    assert.equal(exit, 0, text);
    assert.match(text, /Fetching onnxruntime [\d.]+, which trains, with npm into/);
    assert.match(text, /tiny: finished after/);
    worksWithoutEngines();
    for (const words of [
      ['doctor'],
      ['show', 'tiny'],
      ['evaluate', 'tiny'],
      ['lr', 'tiny.rectiscope.yaml'],
      ['verify', 'tiny'],
    ]) {
      const said = run(words);
      assert.ok(said.exit === 0 || (words[0] === 'lr' && said.exit === 3), `${words.join(' ')}: ${said.text}`);
    }
  });

  it('trains on images', async () => {
    await imageFolder(join(folder, 'images'));
    writeFileSync(join(folder, 'images.rectiscope.yaml'), tiny('images'));
    const { exit, text } = run(['train', 'images.rectiscope.yaml']);
    assert.equal(exit, 0, text);
  });

  it('says that sharp is missing where images are read, and does all else', () => {
    const [there, away] = [join(folder, 'node_modules', 'sharp'), join(scratch, 'sharp')];
    renameSync(there, away);
    try {
      run(['server', 'stop']);
      worksWithoutEngines();
      const doctor = run(['doctor']);
      assert.equal(doctor.exit, 1);
      assert.match(doctor.text, /error image-decoder-broken: .*sharp, which decodes them, can't be loaded/);
      assert.equal(run(['train', 'tiny.rectiscope.yaml']).exit, 0);
      const { exit, text } = run(['train', 'images.rectiscope.yaml']);
      assert.equal(exit, 2, text);
      assert.match(text, /sharp, which decodes them, can't be loaded .* `npm install --include=optional sharp`/);
    } finally {
      renameSync(away, there);
      run(['server', 'stop']);
    }
  });

  const onlyHere = {
    skip: process.platform !== 'linux' || process.arch !== 'x64' ? 'its Nodes are for linux-x64' : false,
  };

  for (const version of ['22.21.0', '26.12.1'])
    it(`trains on Node ${version}`, onlyHere, () => {
      const node = nodeRelease(version, join(scratch, 'nodes'), env);
      const doctor = run(['doctor'], { node });
      assert.ok(doctor.text.includes(`Node v${version}`), doctor.text);
      const { exit, text } = run(['train', 'tiny.rectiscope.yaml'], { node });
      assert.equal(exit, 0, text);
      assert.doesNotMatch(text, /Warning/);
      run(['server', 'stop'], { node });
    });

  for (const version of ['22.20.0', '24.8.0'])
    it(
      `takes the Node that npm brought in place of ${version}, and refuses in words where there is none`,
      onlyHere,
      () => {
        const node = nodeRelease(version, join(scratch, 'nodes'), env);
        assert.equal(run(['train', 'tiny.rectiscope.yaml'], { node }).exit, 0);
        run(['server', 'stop'], { node });
        const program = join(folder, 'node_modules', 'rectiscope', 'dist', 'cli.mjs');
        const { exit, text } = run(['train', 'tiny.rectiscope.yaml'], { node, program });
        assert.equal(exit, 2, text);
        assert.match(text, /can't train on onnxruntime: .* Use Node 22\.21 or newer of 22, or 24\.9 or newer/);
        run(['server', 'stop'], { node, program });
      },
    );

  it('runs from npx and from a global installation, with install scripts off', () => {
    const prefix = join(scratch, 'global');
    cpSync(join(folder, 'tiny.rectiscope.yaml'), join(scratch, 'tiny.rectiscope.yaml'));
    npm(['install', '-g', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund', tarball()], {
      cwd: scratch,
      env,
    });
    const installed = join(
      prefix,
      process.platform === 'win32' ? '' : 'lib',
      'node_modules',
      'rectiscope',
      'bin',
      'rectiscope.mjs',
    );
    assert.equal(rectiscope(['check', 'tiny.rectiscope.yaml'], { folder: scratch, env, program: installed }).exit, 0);
    const words = [
      'exec',
      '--yes',
      '--ignore-scripts',
      '--package',
      tarball(),
      '--',
      'rectiscope',
      'check',
      'tiny.rectiscope.yaml',
    ];
    assert.match(npm(words, { cwd: scratch, env }), /2 weighted layers/);
  });

  it('shows the tour, and names commands that a user of the package has', () => {
    // Apart: where it does not end in time, nothing else waits for its runs.
    const apart = { ...env, RECTISCOPE_HOME: join(scratch, 'tour') };
    const { exit, text } = run(['tour'], { env: apart });
    run(['server', 'stop'], { env: apart });
    assert.equal(exit, 0, text);
    assert.match(text, /`(npx )?rectiscope compare xavier-30 he-30`/);
    assert.match(text, /`(npx )?rectiscope panel`/);
    assert.doesNotMatch(text, /npm (run|start)/);
  });
});
