/**
 * The panel's store: takes the host's messages, requests what is missing, and notifies the views of changes, at most
 * once per frame. No DOM in here.
 */
import { batch, type Signal, signal } from '@preact/signals';
import type { Range } from '../server/figures/chart-model.ts';
import { applyEvent, convert, type RunData, runDataFrom } from '../server/figures/run-data.ts';
import { TimeLeft } from '../server/figures/time-left.ts';
import type { ConnectionState, FixState, HostMessage, PanelMessage } from '../server/protocol/panel.ts';
import type { Delta, RunSummary } from '../server/protocol/requests.ts';
import { assignSlots, chooseAmong, separateSlots } from './run-choice.ts';
import { restore, type Saved, type View } from './view-state.ts';

export interface Connection {
  /** `silent`: the host has not sent anything yet. */
  readonly state: ConnectionState | 'silent';
  readonly message?: string;
  /** When this state began, milliseconds of `clock`. */
  readonly since: number;
}

export interface StoreOptions {
  post: (message: PanelMessage) => void;
  /** What an earlier page passed to `save`, of any shape. */
  saved: unknown;
  save: (saved: Saved) => void;
  /** Runs this before the next frame; scheduled once until it has run. */
  schedule: (flush: () => void) => void;
  /** Milliseconds; to show how long something has been awaited. */
  clock: () => number;
}

export interface PanelStore {
  readonly connection: Signal<Connection>;
  /** Undefined until the host has sent the list. */
  readonly runs: Signal<readonly RunSummary[] | undefined>;
  /** Ids of the runs that are drawn. */
  readonly chosen: Signal<readonly string[]>;
  /** Colour slot of every run. */
  readonly slots: Signal<Readonly<Record<string, number>>>;
  /** Raised when the numbers of any chosen run changed. */
  readonly version: Signal<number>;
  /** Chosen runs whose snapshot is awaited, and since when. */
  readonly waiting: Signal<ReadonlyMap<string, number>>;
  readonly view: Signal<View>;
  /** The one cursor, in the unit of the x axis. */
  readonly cursor: Signal<number | null>;
  /** State of the fixes of a run's findings, by run and rule; empty until the host has sent it. */
  readonly fixes: Signal<Readonly<Record<string, Readonly<Record<string, FixState>>>>>;
  /** What went wrong last, for the user; null when dismissed. */
  readonly problem: Signal<string | null>;
  /** Numbers of a chosen run; undefined while its snapshot is awaited. */
  data(run: string): RunData | undefined;
  /** Seconds until a run ends; undefined if not known (yet). */
  timeLeft(summary: RunSummary): number | undefined;
  receive(message: HostMessage): void;
  choose(runs: readonly string[]): void;
  set(change: Partial<View>): void;
  post(message: PanelMessage): void;
}

/** Deltas kept while a snapshot is awaited; with more, the snapshot is requested again afterwards. */
const MOST_HELD = 5000;

export function createStore(options: StoreOptions): PanelStore {
  const { post, schedule, clock } = options;
  const saved = restore(options.saved);
  const connection = signal<Connection>({ state: 'silent', since: clock() });
  const runs = signal<readonly RunSummary[] | undefined>(undefined);
  const chosen = signal(saved.chosen);
  const slots = signal<Readonly<Record<string, number>>>(saved.slots);
  const version = signal(0);
  const waiting = signal<ReadonlyMap<string, number>>(new Map());
  const view = signal(saved.view);
  const cursor = signal<number | null>(null);
  const fixes = signal<Readonly<Record<string, Readonly<Record<string, FixState>>>>>({});
  const problem = signal<string | null>(null);

  const numbers = new Map<string, RunData>();
  const held = new Map<string, Delta[]>();
  const summaries = new Map<string, RunSummary>();
  const timeLeft = new TimeLeft();
  let last: Omit<Saved, 'version'> = { chosen: saved.chosen, slots: saved.slots, view: saved.view };
  let flushing = false;
  let numbersChanged = false;
  let listChanged = false;

  function touch(): void {
    if (flushing) return;
    flushing = true;
    schedule(flush);
  }

  function flush(): void {
    flushing = false;
    batch(() => {
      if (listChanged) {
        timeLeft.take([...summaries.values()]);
        runs.value = [...summaries.values()];
      }
      if (numbersChanged) version.value++;
      if (numbersChanged && view.value.follow) followNewest();
    });
    listChanged = false;
    numbersChanged = false;
    const now = { version: 1, chosen: chosen.value, slots: slots.value, view: view.value } as const;
    // Saving is a message to the host: not sixty times a second.
    if (now.chosen !== last.chosen || now.slots !== last.slots || now.view !== last.view) options.save(now);
    last = now;
  }

  function followNewest(): void {
    const { zoom, x } = view.value;
    if (zoom === null) return;
    const newest = Math.max(
      ...chosen.value.map((run) => numbers.get(run)?.steps[x].last ?? Number.NaN).filter(Number.isFinite),
    );
    if (!Number.isFinite(newest) || newest === zoom.to) return;
    view.value = { ...view.value, zoom: { from: newest - (zoom.to - zoom.from), to: newest } };
  }

  function await_(run: string, isWaiting: boolean): void {
    const next = new Map(waiting.value);
    if (isWaiting) next.set(run, clock());
    else next.delete(run);
    waiting.value = next;
  }

  function askForSnapshot(run: string): void {
    await_(run, true);
    post({ type: 'snapshotPlease', run });
  }

  function take(summary: RunSummary): void {
    const known = summaries.get(summary.run);
    if (known !== undefined && sameSummary(known, summary)) return;
    summaries.set(summary.run, summary);
    listChanged = true;
  }

  function takeList(list: readonly RunSummary[]): void {
    const first = runs.value === undefined;
    const there = new Set(list.map((run) => run.run));
    for (const run of summaries.keys()) {
      if (there.has(run)) continue;
      summaries.delete(run);
      listChanged = true;
    }
    for (const summary of list) take(summary);
    const known = new Set(Object.keys(slots.value));
    if (list.some((run) => !known.has(run.run)) || known.size > list.length)
      slots.value = assignSlots(slots.value, list);
    const next = chooseAmong(list, { chosen: chosen.value, known });
    if (first) runs.value = [...summaries.values()];
    if (first || next.join() !== chosen.value.join()) choose(next);
  }

  function choose(next: readonly string[]): void {
    for (const run of numbers.keys()) if (!next.includes(run)) numbers.delete(run);
    for (const run of held.keys()) if (!next.includes(run)) held.delete(run);
    batch(() => {
      const awaited = next.filter((run) => !numbers.has(run));
      waiting.value = new Map(awaited.map((run) => [run, waiting.value.get(run) ?? clock()]));
      chosen.value = [...next];
      slots.value = separateSlots(slots.value, next);
      version.value++;
    });
    post({ type: 'choose', runs: [...next] });
    touch();
  }

  function takeSnapshot(snapshot: Parameters<typeof runDataFrom>[0]): void {
    const { run } = snapshot.summary;
    take(snapshot.summary);
    if (!chosen.value.includes(run)) return;
    const data = runDataFrom(snapshot);
    numbers.set(run, data);
    const later = (held.get(run) ?? []).filter((delta) => delta.sequence > data.sequence);
    held.delete(run);
    await_(run, false);
    for (const delta of later) takeDelta(delta);
    numbersChanged = true;
  }

  function takeDelta(delta: Delta): void {
    const { run, sequence } = delta;
    take(delta.summary);
    if (!chosen.value.includes(run)) return;
    const data = numbers.get(run);
    if (data !== undefined && sequence <= data.sequence) return;
    if (data === undefined || waiting.value.has(run) || sequence > data.sequence + 1) {
      hold(delta);
      if (!waiting.value.has(run)) askForSnapshot(run);
      return;
    }
    applyEvent(data, delta.event);
    data.sequence = sequence;
    numbersChanged = true;
  }

  function hold(delta: Delta): void {
    const list = held.get(delta.run) ?? [];
    if (list.length >= MOST_HELD) list.length = 0;
    list.push(delta);
    held.set(delta.run, list);
  }

  function takeConnection(state: ConnectionState, message: string | undefined): void {
    const before = connection.value.state;
    const since = before === state ? connection.value.since : clock();
    connection.value = message === undefined ? { state, since } : { state, since, message };
    // What happened while disconnected is not in any delta.
    const cut = before !== 'connected' && runs.value !== undefined;
    if (state === 'connected' && cut) for (const run of chosen.value) askForSnapshot(run);
  }

  function receive(message: HostMessage): void {
    try {
      if (message.type === 'connection') takeConnection(message.state, message.message);
      else if (message.type === 'runs') takeList(message.runs);
      else if (message.type === 'snapshot') takeSnapshot(message.snapshot);
      else if (message.type === 'delta') takeDelta(message.delta);
      else if (message.type === 'fixes') fixes.value = { ...fixes.value, [message.run]: message.fixes };
      else if (message.type === 'show') choose(message.runs);
      else problem.value = message.message;
    } catch (error) {
      problem.value = `A message of the training server could not be read (${(error as Error).message}). Reopen the panel; if the message persists, run “rectiscope doctor”.`;
    }
    touch();
  }

  function set(change: Partial<View>): void {
    let zoom = change.zoom === undefined ? view.value.zoom : change.zoom;
    if (change.x !== undefined && change.x !== view.value.x) {
      zoom = zoom === null ? null : convertRange(zoom, change.x);
      cursor.value = null;
    }
    view.value = { ...view.value, ...change, zoom };
    touch();
  }

  /** The same range of training on another x axis, by the first run that has numbers. */
  function convertRange(zoom: Range, to: View['x']): Range | null {
    const data = chosen.value.map((run) => numbers.get(run)).find((found) => found !== undefined);
    if (data === undefined) return null;
    const units = { from: view.value.x, to };
    const range = { from: convert(data, zoom.from, units), to: convert(data, zoom.to, units) };
    return range.from < range.to ? range : null;
  }

  const store = { connection, runs, chosen, slots, version, waiting, view, cursor, fixes, problem };
  return {
    ...store,
    data: (run) => numbers.get(run),
    timeLeft: (summary) => timeLeft.of(summary),
    receive,
    choose,
    set,
    post,
  };
}

/** Whether two summaries are equal: messages are copies, so identity does not show it. */
function sameSummary(a: RunSummary, b: RunSummary): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof RunSummary>;
  for (const key of keys) {
    const [x, y] = [a[key], b[key]];
    if (x !== y && (typeof x !== 'object' || JSON.stringify(x) !== JSON.stringify(y))) return false;
  }
  return true;
}
