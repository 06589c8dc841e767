import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Database, type Migration, openDatabase, StoreError } from '../../server/supervisor/store/database.ts';
import { migrations } from '../../server/supervisor/store/migrations.ts';
import { onNetwork } from '../../server/supervisor/store/network-disk.ts';
import { RunStore } from '../../server/supervisor/store/store.ts';
import { systemClock } from '../../server/system/clock.ts';
import { uniforms } from '../support/random.ts';
import { runFile, temporaryFolder } from '../support/training-server.ts';

const problemOf = async (opening: Promise<unknown>): Promise<StoreError> => {
  try {
    await opening;
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    return error;
  }
  throw new Error('It was opened.');
};

const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** A closed store with a few runs; the path of its database. */
async function someStore(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const store = await RunStore.open(folder, systemClock);
  for (let i = 0; i < 20; i++) {
    const file = { file: '/a.yaml', text: runFile('a'), overrides: [] };
    const { run } = store.create(`run ${i}`, { ...file, backend: 'auto', device: 'auto' });
    store.apply([
      { kind: 'event', run, event: { event: 'notice', run, step: 0, message: 'x'.repeat(500) }, origin: 'trainer' },
    ]);
  }
  store.close();
  return join(folder, 'rectiscope.db');
}

describe('the database', () => {
  it('is for one process: another one is refused while it is open, also to read', async (t) => {
    const file = await someStore(t);
    const database = await openDatabase(file, migrations);
    const script = `
      const { openDatabase } = await import(${JSON.stringify(new URL('../../server/supervisor/store/database.ts', import.meta.url).href)});
      const { migrations } = await import(${JSON.stringify(new URL('../../server/supervisor/store/migrations.ts', import.meta.url).href)});
      try { (await openDatabase(${JSON.stringify(file)}, migrations)).close(); console.log('opened'); } catch (error) { console.log(error.problem); }`;
    const other = () =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
    assert.equal(other(), 'locked');
    database.close();
    assert.equal(other(), 'opened');
  });

  it('refuses a newer version and leaves it as it was', async (t) => {
    const file = await someStore(t);
    const newer: Migration[] = [...migrations, (database) => database.exec('CREATE TABLE later (x)')];
    (await openDatabase(file, newer)).close();
    const before = hash(file);
    const error = await problemOf(openDatabase(file, migrations));
    assert.equal(error.problem, 'newer');
    assert.match(error.message, /written by a newer Rectiscope/);
    assert.equal(hash(file), before);
  });

  it('brings an older version up to date, in one transaction, after a copy', async (t) => {
    const file = await someStore(t);
    const add: Migration = (database) => database.exec("ALTER TABLE runs ADD COLUMN colour TEXT DEFAULT 'red'");
    const database = await openDatabase(file, [...migrations, add]);
    assert.equal(database.get<{ colour: string }>('SELECT colour FROM runs')?.colour, 'red');
    assert.equal(database.get<{ n: number }>('SELECT count(*) AS n FROM runs')?.n, 20);
    database.close();
    const copy = await openDatabase(`${file}.v${migrations.length}-backup`, migrations);
    assert.equal(copy.get<{ n: number }>('SELECT count(*) AS n FROM runs')?.n, 20);
    copy.close();
  });

  it('leaves an older version unchanged if a migration fails, and can try again', async (t) => {
    const file = await someStore(t);
    const half: Migration = (database) => {
      database.exec('DROP TABLE notices');
      throw new Error('half way');
    };
    await assert.rejects(openDatabase(file, [...migrations, half]), /half way/);
    const database = await openDatabase(file, migrations);
    assert.equal(database.get<{ n: number }>('SELECT count(*) AS n FROM notices')?.n, 20);
    database.close();
  });

  it('opens, or refuses and leaves as it was, whatever has happened to the file (60 mutations, seed 5)', async (t) => {
    const file = await someStore(t);
    const sound = readFileSync(file);
    const uniform = uniforms(5);
    const at = () => Math.floor(uniform() * sound.length);
    const mutations: ((bytes: Buffer) => Buffer)[] = [
      (bytes) => bytes.subarray(0, at()),
      (bytes) => bytes.fill(0, 0, Math.min(bytes.length, 1 + at())),
      (bytes) => bytes.fill(Math.floor(uniform() * 256), at(), at()),
      (bytes) => {
        for (let i = 0; i < 20; i++) bytes[Math.floor(uniform() * 100)] = Math.floor(uniform() * 256);
        return bytes;
      },
      (bytes) => {
        for (let i = 0; i < 200; i++) bytes[at()] = Math.floor(uniform() * 256);
        return bytes;
      },
    ];
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const mutate = mutations[i % mutations.length] as (bytes: Buffer) => Buffer;
      writeFileSync(file, mutate(Buffer.from(sound)));
      const before = hash(file);
      try {
        (await openDatabase(file, migrations)).close();
      } catch (error) {
        refused++;
        assert.ok(error instanceof StoreError, `mutation ${i}: ${String(error)}`);
        assert.ok(['damaged', 'newer'].includes(error.problem), error.problem);
        if (error.problem === 'damaged') assert.match(error.message, /is damaged .* was not changed/);
        assert.equal(hash(file), before, `mutation ${i}`);
      }
    }
    assert.ok(refused > 30, `${refused} of 60 were refused`);
  });

  it('has nothing beside it when it is closed, and rolls back what was thrown at', async (t) => {
    const file = await someStore(t);
    const database = await openDatabase(file, migrations);
    const work = (): never => {
      database.exec('DELETE FROM runs');
      throw new Error('no');
    };
    assert.throws(() => database.transaction(work), /no/);
    assert.equal(database.get<{ n: number }>('SELECT count(*) AS n FROM runs')?.n, 20);
    assert.ok(existsSync(`${file}-wal`));
    database.close();
    assert.deepEqual(readdirSync(join(file, '..')).sort(), ['.gitignore', 'rectiscope.db']);
  });

  it('uses a write-ahead log, synchronised, but none on a network file system', async (t) => {
    const database: Database = await openDatabase(await someStore(t), migrations);
    assert.equal(database.get<{ journal_mode: string }>('PRAGMA journal_mode')?.journal_mode, 'wal');
    assert.equal(database.get<{ synchronous: number }>('PRAGMA synchronous')?.synchronous, 2);
    database.close();
    assert.equal(onNetwork('/', 0x6969), process.platform === 'linux');
    assert.equal(onNetwork('/', 0xef53), false);
  });
});
