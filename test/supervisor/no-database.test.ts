/** What lies where the database of a store has to be, and is none of ours: refused with what to do, and left as it is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { connectToServer, ServerNotStarted } from '../../server/client/connect.ts';
import { lookIntoStore } from '../../server/doctor/store.ts';
import { StoreError, type StoreProblem } from '../../server/supervisor/store/database.ts';
import { readStore } from '../../server/supervisor/store/store.ts';
import { connect, temporaryFolder } from '../support/training-server.ts';

interface Case {
  readonly what: string;
  readonly prepare: (home: string, database: string) => void;
  readonly problem: StoreProblem;
  readonly message: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: 'an empty file beside the folders of runs',
    prepare: (home, database) => {
      mkdirSync(join(home, 'runs', 'r-1'), { recursive: true });
      writeFileSync(join(home, 'runs', 'r-1', 'checkpoint-3.safetensors'), 'x');
      writeFileSync(database, '');
    },
    problem: 'no-database',
    message:
      /rectiscope\.db is empty, and .*runs has the folders of 1 run: .*Put the database back from a copy; or delete the empty file to begin a new store\./,
  },
  {
    what: 'a folder',
    prepare: (_, database) => mkdirSync(database),
    problem: 'no-database',
    message: /rectiscope\.db is a folder, .*Move it away, or set RECTISCOPE_HOME/,
  },
  ...(process.platform === 'win32'
    ? []
    : [
        {
          what: 'a pipe',
          prepare: (_: string, database: string) => void execFileSync('mkfifo', [database]),
          problem: 'no-database',
          message: /rectiscope\.db is a named pipe, .*Move it away, or set RECTISCOPE_HOME/,
        } as const,
      ]),
  {
    what: 'the database of another program',
    prepare: (_, database) => {
      const other = new DatabaseSync(database);
      other.exec('CREATE TABLE mails (id); CREATE TABLE people (id); PRAGMA user_version = 3');
      other.close();
    },
    problem: 'foreign',
    message:
      /is the database of another program: it has the tables mails, people, and none of runs\. It was left as it is: move it away/,
  },
  {
    what: 'a store of a newer version',
    prepare: (_, database) => {
      const newer = new DatabaseSync(database);
      newer.exec('CREATE TABLE runs (id); PRAGMA user_version = 99');
      newer.close();
    },
    problem: 'newer',
    message:
      /was written by a newer Rectiscope \(version 99, this one reads up to \d+\)\. Update Rectiscope; the store was not changed\./,
  },
];

describe('where the database has to be lies', () => {
  for (const { what, prepare, problem, message } of CASES)
    it(`${what}: the server, the reader and the doctor say so and make nothing`, async (t) => {
      const home = temporaryFolder(t);
      const database = join(home, 'rectiscope.db');
      prepare(home, database);
      const before = readdirSync(home);
      assert.throws(
        () => readStore(home, (store) => store.list()),
        (error) => error instanceof StoreError && error.problem === problem && message.test(error.message),
      );
      const { problems } = await lookIntoStore(home);
      assert.ok(problems.some(({ id }) => id === `store-${problem}`));
      await assert.rejects(connectToServer({ home, start: true }), (error: Error) => {
        assert.ok(error instanceof ServerNotStarted);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n\s+at /, 'no stack');
        return true;
      });
      const made = readdirSync(home).filter((name) => !before.includes(name));
      assert.deepEqual(
        made.filter((name) => !['.gitignore', 'server.out', 'server.log'].includes(name)),
        [],
      );
    });

  it('an empty file and no run: it is a store that has just begun', async (t) => {
    const home = temporaryFolder(t);
    mkdirSync(join(home, 'runs'));
    writeFileSync(join(home, 'rectiscope.db'), '');
    await connect(t, home);
  });
});
