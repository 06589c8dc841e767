/** What the server does when it is asked. */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { badRunFile, notAllowedNow, storeTrouble, versionMismatch } from '../protocol/errors.ts';
import type { StoreHealth } from '../protocol/health.ts';
import * as ask from '../protocol/requests.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import { TaskError } from '../tasks/task-error.ts';
import {
  annotationParameters,
  epochsParameter,
  protocolParameter,
  runParameter,
  trainParameters,
  workersParameter,
} from './parameters.ts';
import { prove } from './prove.ts';
import type { RequestContext } from './request-context.ts';
import { isStorageTrouble } from './store/database.ts';
import type { Operation } from './store/operations.ts';
import type { View } from './view.ts';

type Handler = (context: RequestContext, params: unknown, view: View) => unknown;

/** Every request that there is, by name. */
const handlers = new Map<string, Handler>([
  [ask.Hello.method, hello],
  [ask.Train.method, train],
  [ask.Runs.method, runs],
  [ask.Subscribe.method, subscribe],
  [ask.Unsubscribe.method, unsubscribe],
  [ask.Show.method, show],
  [ask.FirstAndLastProbe.method, firstAndLastProbe],
  [ask.Stop.method, stop],
  [ask.Resume.method, resume],
  [ask.Prove.method, prove],
  [ask.Annotate.method, annotate],
  [ask.Remove.method, remove],
  [ask.Health.method, health],
  [ask.Shutdown.method, shutdown],
]);

/** Answer a request, or throw a ResponseError: also where nobody knows it. */
export async function answer(context: RequestContext, method: string, params: unknown, view: View): Promise<unknown> {
  const handler = handlers.get(method);
  if (!handler) throw new ResponseError(ErrorCodes.MethodNotFound, `There is no request “${method}”.`);
  try {
    return await handler(context, params, view);
  } catch (error) {
    if (error instanceof TaskError) throw badRunFile(error.message);
    throw isStorageTrouble(error) ? storeTrouble((error as Error).message) : error;
  }
}

function hello({ status }: RequestContext, params: unknown, view: View): ask.ServerStatus {
  const protocol = protocolParameter(params);
  if (protocol !== ask.PROTOCOL_VERSION) throw versionMismatch(ask.PROTOCOL_VERSION, protocol);
  view.greeted = true;
  return status();
}

async function train(context: RequestContext, params: unknown): Promise<ask.RunSummary> {
  const wanted = trainParameters(params);
  if (!isAbsolute(wanted.file)) throw badRunFile(`${wanted.file}: the path of a run file must be absolute.`);
  // Read when it is first needed: schema and YAML are most of what a server has to load before it answers.
  const { readRunFile } = await import('../run-file/read.ts');
  const { config, mistakes } = readRunFile(wanted.text, { fileName: wanted.file, folder: dirname(wanted.file) });
  if (!config) throw badRunFile(placedMistakes(wanted.file, mistakes));
  context.recorder.write();
  const { run, ...applied } = context.store.create(config.name, wanted);
  context.tell(applied);
  context.queue.pump();
  return context.summary(run);
}

function runs({ recorder, summaries }: RequestContext): ask.RunSummary[] {
  recorder.write();
  return summaries();
}

function show({ recorder, store, summary }: RequestContext, params: unknown): ask.RunSnapshot {
  recorder.write();
  const run = store.find(runParameter(params));
  return { ...store.snapshot(run), summary: summary(run) };
}

function firstAndLastProbe({ recorder, store }: RequestContext, params: unknown): ask.ProbeEnds {
  recorder.write();
  return store.firstAndLastProbe(store.find(runParameter(params)));
}

/** No event comes between the snapshot and the first delta: both happen before anything else can. */
function subscribe(context: RequestContext, params: unknown, view: View): ask.RunSnapshot {
  const snapshot = show(context, params);
  view.subscribe(snapshot.summary.run);
  return snapshot;
}

function unsubscribe({ store }: RequestContext, params: unknown, view: View): null {
  const run = runParameter(params);
  // Of a run that was removed, too.
  view.unsubscribe(view.isSubscribed(run) ? run : store.find(run));
  return null;
}

async function stop({ store, queue, summary }: RequestContext, params: unknown): Promise<ask.RunSummary> {
  const run = store.find(runParameter(params));
  await queue.stop(run);
  return summary(run);
}

async function resume(context: RequestContext, params: unknown): Promise<ask.RunSummary> {
  const { store, recorder, queue, summary } = context;
  const run = store.find(runParameter(params));
  const epochs = epochsParameter(params);
  const workers = workersParameter(params);
  recorder.write();
  const { state, name, extraEpochs, file, text } = store.record(run);
  if (state === 'running' || state === 'queued') {
    if (epochs === undefined && workers === undefined) return summary(run);
    throw notAllowedNow(`“${name}” is ${state}. It can be extended, or get other workers, once it has ended.`);
  }
  if (state === 'finished' && epochs === undefined) {
    throw notAllowedNow(
      `“${name}” is finished. Give the number of epochs to extend it by: \`rectiscope resume ${run} --epochs 5\`.`,
    );
  }
  const checkpoint = store.checkpoint(run);
  // Training from the beginning under an old run's name would lose what it measured.
  if (checkpoint && !namesIn(store.runFolder(run)).some((file) => file.startsWith('checkpoint-')))
    throw notAllowedNow(
      `“${name}” no longer has a checkpoint: ${checkpoint.file} is missing. Train its file again to start over.`,
    );
  const changed = workers === undefined ? [] : [await withWorkers({ run, file, text }, workers)];
  queue.resumed(run, { state, extraEpochs });
  await recorder.commit(
    ...changed,
    { kind: 'queue', run, place: 'end', extraEpochs: extraEpochs + (epochs ?? 0) },
    { kind: 'event', run, event: { event: 'queued', run, name }, origin: 'server' },
  );
  queue.pump();
  return summary(run);
}

/** None where there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The run file that it goes on with: other machines change its results by rounding only. */
async function withWorkers(
  { run, file, text }: { run: string; file: string; text: string },
  workers: readonly string[],
): Promise<Operation> {
  const { applyOverrides } = await import('../run-file/overrides.ts');
  const { readRunFile } = await import('../run-file/read.ts');
  const changed = applyOverrides(text, [`train.workers=${JSON.stringify(workers)}`]);
  const { mistakes } = readRunFile(changed.text, { fileName: file, folder: dirname(file) });
  const all = [...changed.mistakes, ...mistakes].map(({ message }) => message);
  if (all.length > 0) throw badRunFile(all.join('\n'));
  return { kind: 'text', run, text: changed.text };
}

function annotate({ store, summary, tell }: RequestContext, params: unknown): ask.RunSummary {
  const run = store.find(runParameter(params));
  store.annotate(run, annotationParameters(params));
  tell({ deltas: [], stateChanged: true });
  return summary(run);
}

function remove({ store, recorder, queue, tell, summary }: RequestContext, params: unknown): ask.RunSummary {
  const run = store.find(runParameter(params));
  recorder.write();
  const { state, name } = store.record(run);
  if (state === 'running' || queue.isWorkingOn(run)) {
    throw notAllowedNow(`“${name}” is running. Stop it first: \`rectiscope stop ${run}\`.`);
  }
  const removed = summary(run);
  const removeFiles = () => rmSync(store.runFolder(run), { recursive: true, force: true });
  try {
    store.remove(run);
  } catch (error) {
    if (!isStorageTrouble(error)) throw error;
    // A full disk: to forget a run takes room, which its checkpoints have.
    removeFiles();
    store.remove(run);
  }
  // Else rows first: checkpoints without a run are rubbish, a run without its checkpoints would be a lie.
  removeFiles();
  tell({ deltas: [], stateChanged: true });
  return removed;
}

/** The answer goes out before the connections close. */
function health({ recorder, store, queue }: RequestContext): StoreHealth {
  recorder.write();
  return store.health(({ run }) => queue.isWorkingOn(run));
}

function shutdown({ shutdown: close }: RequestContext): { pid: number } {
  setImmediate(close);
  return { pid: process.pid };
}
