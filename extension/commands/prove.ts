/** *Prove*: trains the fixed copy of a run, or of a run file, and reports whether the fix helps. */
import * as vscode from 'vscode';
import type { StoreConnection } from '../../server/client/store-connection.ts';
import { errorText } from '../../server/protocol/errors.ts';
import type { ProofEvent } from '../../server/protocol/events.ts';
import { Prove, type ProveParams, type Proving, type RunSummary, Show } from '../../server/protocol/requests.ts';
import { Refusal } from '../refusal.ts';
import { chooseRunFile, currentText, isOnDisk } from '../run-files.ts';
import type { CommandContext } from './context.ts';
import { allRuns } from './pick-run.ts';
import { engineOf, mayTrain, showMistake } from './train.ts';

const { t } = vscode.l10n;

/**
 * Proves a run's fix (its id is given), or that of a run file (its URI, or the active editor's): of the file's latest run
 * if it trained this very text and found something to fix, else of the prediction. Returns the proof as it started.
 */
export async function prove(context: CommandContext, given: unknown, rule: unknown): Promise<Proving | undefined> {
  if (!(await mayTrain())) return undefined;
  const which = typeof rule === 'string' ? { rule } : {};
  const run = typeof given === 'string' ? context.stores.run(given) : undefined;
  if (run) return begin(context, context.stores.connectionOf(run.run), { run: run.run, ...which });
  const file = await chooseRunFile(given, t('Run file whose fix to prove'));
  if (!file) return undefined;
  if (!isOnDisk(file))
    throw new Refusal(t('{0} is not on this machine’s disk. Save a copy in a local folder to train it.', file.path));
  const text = await currentText(file);
  if (await showMistake(file, text)) return undefined;
  const measured = await runOf(context, file, text);
  if (measured) return begin(context, context.stores.connectionOf(measured.run), { run: measured.run, ...which });
  const subject = { file: file.fsPath, text, ...engineOf(file) };
  return begin(context, context.stores.of(file), { ...subject, ...which });
}

/** The latest run of this very text, if it has a finding with a fix. */
async function runOf({ stores }: CommandContext, file: vscode.Uri, text: string): Promise<RunSummary | undefined> {
  const run = (await allRuns(stores)).find((one) => one.file === file.fsPath && one.findings > 0);
  if (!run) return undefined;
  const shown = await stores.request(run.run, Show, { run: run.run });
  return shown.text === text && shown.findings.some(({ fix }) => fix) ? run : undefined;
}

async function begin(context: CommandContext, connection: StoreConnection, params: ProveParams): Promise<Proving> {
  const proving = await connection.request(Prove, params);
  const [before, after] = proving.runs;
  context.panel.open({ runs: [before.run, after.run], preserveFocus: true });
  if (proving.proof.state === 'running') await showVerdict(context, connection, proving.proof);
  return proving;
}

/** Shows the verdict when it arrives: once, even if the panel is hidden by then. The store keeps it. */
async function showVerdict({ log }: CommandContext, connection: StoreConnection, proof: ProofEvent): Promise<void> {
  const follower = {};
  const show = ({ state, verdict, message }: ProofEvent): void => {
    subscription.dispose();
    connection.unsubscribe(proof.run, follower).catch((error: unknown) => log.warn(errorText(error)));
    if (state === 'decided') void vscode.window.showInformationMessage(verdict ?? '');
    else void vscode.window.showWarningMessage(message ?? '');
  };
  const subscription = connection.onDelta(({ event }) => {
    if (event.event === 'proof' && event.fixed === proof.fixed && event.state !== 'running') show(event);
  });
  const { proofs } = await connection.subscribe(proof.run, follower);
  const known = proofs.find(({ fixed, state }) => fixed === proof.fixed && state !== 'running');
  if (known) show(known);
}
