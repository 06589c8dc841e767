/**
 * The one file that knows `node:sqlite`. A database is opened for this process alone: the exclusive lock is held by the
 * operating system and dies with the process, so it is also what makes sure that a workspace has one server.
 *
 * Nothing else of this process may open the database's file: POSIX drops all of a process' locks on a file when the
 * process closes any descriptor of it. Copies are made through `backup`.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onNetwork } from './network-disk.ts';

// Not a static import: a Node without it would end before it could say what is wrong. Later Nodes rename the class.
const sqlite: typeof import('node:sqlite') | undefined = loadSqlite();
type Handle = import('node:sqlite').DatabaseSync;
type Statement = import('node:sqlite').StatementSync;

/** A value of a column. SQLite has no NaN: a REAL column holds it as NULL; the infinities it keeps, −0 becomes 0. */
export type Column = number | string | null | Uint8Array;

/** Brings the tables from one version to the next. */
export type Migration = (database: Database) => void;

/** Node 22 and 24 warn that the module may change: what is used of it is tested on every version that is supported. */
function loadSqlite(): typeof import('node:sqlite') | undefined {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature'))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule?.('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

export type StoreProblem =
  | 'locked'
  | 'damaged'
  | 'foreign'
  | 'no-database'
  | 'newer'
  | 'older'
  | 'unwritable'
  | 'no-sqlite';

/** The database can't be opened; the message says what to do, the file is as it was. */
export class StoreError extends Error {
  readonly problem: StoreProblem;
  constructor(problem: StoreProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.problem = problem;
  }
}

const PRIMARY_CODE = 0xff;
/** SQLITE_BUSY, READONLY, IOERR, FULL, CANTOPEN: the disk's doing, may pass. */
const TRANSIENT = new Set([5, 8, 10, 13, 14]);
/** SQLITE_CORRUPT, NOTADB. */
const DAMAGED = new Set([11, 26]);

const sqliteCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code & PRIMARY_CODE : undefined;
};

const isBusy = (error: unknown): boolean => sqliteCode(error) === 5;

/** Whether writing may succeed later without a change of what is written: a full or read-only disk, an I/O error. */
export const isStorageTrouble = (error: unknown): boolean => TRANSIENT.has(sqliteCode(error) ?? -1);

export class Database {
  readonly #handle: Handle;
  readonly #statements = new Map<string, Statement>();

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** Run SQL without parameters or results; several statements at once. */
  exec(sql: string): void {
    this.#handle.exec(sql);
  }

  run(sql: string, ...parameters: Column[]): { changes: number; key: number } {
    const result = this.#statement(sql).run(...parameters);
    return { changes: Number(result.changes), key: Number(result.lastInsertRowid) };
  }

  /** The first row, as the caller knows its columns to be. */
  get<Row extends object>(sql: string, ...parameters: Column[]): Row | undefined {
    return this.#statement(sql).get(...parameters) as Row | undefined;
  }

  all<Row extends object>(sql: string, ...parameters: Column[]): Row[] {
    return this.#statement(sql).all(...parameters) as Row[];
  }

  /** Rows one by one, for series that should not lie in memory twice. */
  each<Row extends object>(sql: string, parameters: Column[], visit: (row: Row) => void): void {
    for (const row of this.#statement(sql).iterate(...parameters)) visit(row as Row);
  }

  /** All of `work` or nothing of it. After the return it is on disk (`synchronous=FULL`). */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk has rolled back by itself.
      if (this.#handle.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /** Copy the whole database into another file, replacing that. */
  async backup(file: string): Promise<void> {
    rmSync(file, { force: true });
    await sqlite?.backup(this.#handle, file);
  }

  close(): void {
    this.#handle.close();
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#handle.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Version of the SQLite that Node brings. */
export function sqliteVersion(): string {
  const { sqlite: version } = process.versions;
  return version ?? 'none';
}

/**
 * Open the database for this process alone and bring it to the newest version; an older one is first copied to
 * `FILE.vN-backup`. Throws a StoreError where another process has it, where it is damaged or of a newer version.
 */
export async function openDatabase(file: string, migrations: readonly Migration[]): Promise<Database> {
  if (!sqlite) throw withoutSqlite();
  refuseKind(file);
  examine(file, migrations.length);
  let handle: Handle | undefined;
  try {
    handle = new sqlite.DatabaseSync(file, { timeout: 0 });
    const database = new Database(handle);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.get(`PRAGMA journal_mode = ${onNetwork(dirname(file)) ? 'DELETE' : 'WAL'}`);
    database.exec('PRAGMA synchronous = FULL');
    // A rollback journal takes the exclusive lock with the first write only, WAL with the first look.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    // Whoever looked at it and was killed left one behind; under the exclusive lock nobody uses it.
    rmSync(`${file}-shm`, { force: true });
    await migrate(database, file, migrations);
    return database;
  } catch (error) {
    handle?.close();
    throw explained(error, file);
  }
}

function withoutSqlite(): StoreError {
  const message = `The run store needs Node's built-in SQLite, and Node ${process.version} has none. Use Node 22.16 or newer (VS Code 1.116 or newer).`;
  return new StoreError('no-sqlite', message);
}

/**
 * Look at a database that no server has, and leave everything in its folder as it is; a full or read-only disk is no hindrance. Throws a
 * StoreError: `locked` where a server has it, `damaged` where it can't be read, `newer` where its version is above `newest`. Must not be
 * called by a server that has it open, whose lock it would drop.
 */
export function lookAtDatabase<T>(file: string, newest: number, look: (database: Database) => T): T {
  refuseKind(file);
  try {
    try {
      return wasClosed(file) ? readIn(file, 'immutable', { newest, look }) : readIn(file, 'shared', { newest, look });
    } catch (error) {
      if (!isStorageTrouble(error) || isBusy(error)) throw error;
      return readIn(file, 'alone', { newest, look });
    }
  } catch (error) {
    throw explained(error, file);
  }
}

/**
 * How a database is read. `immutable`: nothing of it can change, and no file is made. `shared`: with the lock that says whether a server
 * has it; to read the log of a server that was killed takes a file beside it. `alone`: that file is kept in memory, which SQLite does only
 * for who has the exclusive lock; where a file can't be made nobody writes the database either, and no lock is taken.
 */
type Reading = 'immutable' | 'shared' | 'alone';

const QUERIES: Readonly<Record<Reading, string>> = {
  immutable: '?immutable=1',
  shared: '',
  alone: `?vfs=${process.platform === 'win32' ? 'win32-none' : 'unix-none'}`,
};

function readIn<T>(
  file: string,
  reading: Reading,
  { newest, look }: { newest: number; look: (database: Database) => T },
): T {
  if (!sqlite) throw withoutSqlite();
  const shared = `${file}-shm`;
  const hadShared = existsSync(shared);
  let handle: Handle | undefined;
  try {
    const place = new URL(`${pathToFileURL(file).href}${QUERIES[reading]}`);
    handle = new sqlite.DatabaseSync(place, { readOnly: true, timeout: 0 });
    const database = new Database(handle);
    if (reading === 'alone') database.exec('PRAGMA locking_mode = EXCLUSIVE');
    refuseVersion(database, file, newest);
    return look(database);
  } finally {
    handle?.close();
    if (!hadShared) rmSync(shared, { force: true });
  }
}

/**
 * Refuses what is no file, before it is opened: a pipe would be waited for. And an empty file beside the checkpoints of runs, which SQLite
 * would take for a database without tables: a new store would hide that the old one is lost.
 */
function refuseKind(file: string): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status || (status.isFile() && status.size > 0)) return;
  if (!status.isFile()) {
    const what = status.isDirectory() ? 'a folder' : status.isFIFO() ? 'a named pipe' : 'no file';
    const message = `${file} is ${what}, where the database of the run store has to be. Move it away, or set RECTISCOPE_HOME to another folder.`;
    throw new StoreError('no-database', message);
  }
  const runs = runsBeside(file);
  if (runs === 0) return;
  const message = `The run store ${file} is empty, and ${join(dirname(file), 'runs')} has the folders of ${runs} ${runs === 1 ? 'run' : 'runs'}: what was measured of them is lost, as after a copy that failed. Put the database back from a copy; or delete the empty file to begin a new store.`;
  throw new StoreError('no-database', message);
}

function runsBeside(file: string): number {
  try {
    return readdirSync(join(dirname(file), 'runs'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
      .length;
  } catch {
    // No run has a folder, or none that can be looked at.
    return 0;
  }
}

/**
 * Whether a database with a write-ahead log was closed in order. SQLite would make the log anew to read it; a server that has it
 * open has one, too.
 */
function wasClosed(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    // https://www.sqlite.org/fileformat.html: byte 19 is the version to read it with, 2 with a write-ahead log.
    const header = Buffer.alloc(20);
    return readSync(descriptor, header) === header.length && header[19] === 2 && !existsSync(`${file}-wal`);
  } finally {
    closeSync(descriptor);
  }
}

/** What SQLite finds broken; undefined where nothing is. */
export function damageOf(database: Database): string | undefined {
  const found = database.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check ?? 'no answer';
  return found === 'ok' ? undefined : found;
}

/** Whether a file holds tables of ours is seen by their version. Throws a StoreError where they are newer or not ours. */
function refuseVersion(database: Database, file: string, newest: number): void {
  const version = versionOf(database);
  const tables = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
  if (version !== 0 || tables.length > 0)
    refuseForeign(
      file,
      tables.map(({ name }) => name),
    );
  if (version > newest) {
    const message = `The run store ${file} was written by a newer Rectiscope (version ${version}, this one reads up to ${newest}). Update Rectiscope; the store was not changed.`;
    throw new StoreError('newer', message);
  }
  if (version < 0 || (version === 0 && tables.length > 0)) throw damaged(file, `its version is ${version}`);
}

/** Refuses the database of another program, which has no table of runs. */
function refuseForeign(file: string, tables: readonly string[]): void {
  if (tables.includes('runs')) return;
  const held = tables.length === 0 ? 'no table' : `the tables ${tables.slice(0, 5).join(', ')}`;
  const message = `${file} is the database of another program: it has ${held}, and none of runs. It was left as it is: move it away, or set RECTISCOPE_HOME to another folder.`;
  throw new StoreError('foreign', message);
}

/** Look at a file without writing to it: is it ours to open, and whole? The lock is not ours yet. */
function examine(file: string, newest: number): void {
  if (!((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0)) return;
  lookAtDatabase(file, newest, (database) => {
    const found = damageOf(database);
    if (found !== undefined) throw damaged(file, found);
  });
}

/** Version of the tables: 0 of an empty database. */
export const versionOf = (database: Database): number =>
  database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;

async function migrate(database: Database, file: string, migrations: readonly Migration[]): Promise<void> {
  const version = versionOf(database);
  if (version === migrations.length) return;
  if (version > 0) await database.backup(`${file}.v${version}-backup`);
  database.transaction(() => {
    for (const step of migrations.slice(version)) step(database);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function explained(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  if (isBusy(error)) return new StoreError('locked', `The run store ${file} is in use by another server.`, error);
  if (code !== undefined && DAMAGED.has(code)) return damaged(file, (error as Error).message, error);
  if (isStorageTrouble(error)) {
    const message = `The run store ${file} can't be written (${(error as Error).message}): its disk is full or read-only, or the file is not yours to write.`;
    return new StoreError('unwritable', message, error);
  }
  return error;
}

function damaged(file: string, report: string, cause?: unknown): StoreError {
  const found = report.replace('*** in database main ***', '').trim().replaceAll('\n', '; ');
  const message = `The run store ${file} is damaged (${found}). It was not changed: move it away to start a new one, or recover its contents with \`sqlite3 ${file} .recover\`.`;
  return new StoreError('damaged', message, cause);
}
