/**
 * Behind each layer of a run file: the gradient per weight measured by its current or last run, as long as the network is
 * still the one that was trained.
 */
import * as vscode from 'vscode';
import { formatCount, formatNumber, short } from '../../server/domain/numbers/format.ts';
import { errorText } from '../../server/protocol/errors.ts';
import { FirstAndLastProbe, type ProbeEnds, type RunSummary } from '../../server/protocol/requests.ts';
import { isOver } from '../../server/protocol/run-state.ts';
import type { Log } from '../log.ts';
import { isRunFile } from '../run-files.ts';
import type { Stores } from '../stores.ts';
import { stateWord } from '../views/words.ts';
import { type EntryGradients, entryGradients, notableLayers } from './layer-gradients.ts';

const { t } = vscode.l10n;

/** Hints that change more often are unreadable. */
const PAUSE_MS = 1000;

/** How many of a file's runs are searched for one with its network: a proof's copy is newer and has a different one. */
const LOOKED_AT = 4;

/** The last request for a run: when the run has advanced since, it is requested again. */
interface Known {
  readonly progress: string;
  readonly probes: ProbeEnds;
}

const progressOf = ({ state, step }: RunSummary): string => `${state} ${step}`;

function isWanted(uri: vscode.Uri): boolean {
  const settings = vscode.workspace.getConfiguration('rectiscope', uri);
  return isRunFile(uri) && settings.get('inlayHints.live', true);
}

export class LiveHints implements vscode.Disposable {
  readonly #stores: Stores;
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  /** By the run's id. */
  readonly #known = new Map<string, Known>();
  #pause: NodeJS.Timeout | undefined;
  /** Something changed while no request was allowed. */
  #isBehind = false;
  /** The last error. */
  #trouble: string | undefined;

  /** The result of `hintsIn` has changed. */
  readonly onDidChange = this.#changed.event;

  constructor(stores: Stores, log: Log) {
    this.#stores = stores;
    this.#log = log;
    const look = (): void => this.#look();
    this.#subscriptions = [
      this.#changed,
      stores.onDidChange(() => {
        this.#forget();
        look();
      }),
      vscode.window.onDidChangeVisibleTextEditors(look),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('rectiscope.inlayHints.live')) return;
        this.#changed.fire();
        this.#look();
      }),
    ];
  }

  /** Runs that were removed. */
  #forget(): void {
    for (const run of this.#known.keys()) {
      if (this.#stores.run(run)) continue;
      this.#known.delete(run);
      this.#changed.fire();
    }
  }

  /** Requests what has changed, then waits for a while. */
  #look(): void {
    if (this.#pause) {
      this.#isBehind = true;
      return;
    }
    // Hints do not restart a stopped server.
    const runs = this.#seen().filter(
      (run) =>
        this.#known.get(run.run)?.progress !== progressOf(run) &&
        this.#stores.connectionOf(run.run).state === 'connected',
    );
    if (runs.length === 0) return;
    this.#isBehind = false;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.#isBehind) this.#look();
    }, PAUSE_MS);
    this.#fetch(runs).catch((error: unknown) => this.#complain(`No gradients for hints: ${errorText(error)}`));
  }

  /** Logged once, not every second: an older server that still trains does not know the request. */
  #complain(trouble: string): void {
    if (this.#trouble !== trouble) this.#log.warn(trouble);
    this.#trouble = trouble;
  }

  /** The runs whose gradients may appear in a visible editor. */
  #seen(): RunSummary[] {
    const files = vscode.window.visibleTextEditors.map(({ document }) => document.uri).filter(isWanted);
    return [...new Set(files.map(({ fsPath }) => fsPath))].flatMap((file) => this.#runsOf(file));
  }

  #runsOf(file: string): RunSummary[] {
    return this.#stores.runs.filter((run) => run.file === file && run.state !== 'queued').slice(0, LOOKED_AT);
  }

  async #fetch(runs: readonly RunSummary[]): Promise<void> {
    let isNews = false;
    for (const run of runs) {
      const probes = await this.#stores.request(run.run, FirstAndLastProbe, { run: run.run });
      const before = this.#known.get(run.run);
      this.#known.set(run.run, { progress: progressOf(run), probes });
      isNews ||= before?.probes.last?.step !== probes.last?.step || !before?.progress.startsWith(run.state);
    }
    if (isNews) this.#changed.fire();
  }

  /** The hints of a range; empty for a file whose network has not been trained. */
  hintsIn({ uri, getText }: vscode.TextDocument, range: vscode.Range): vscode.InlayHint[] {
    if (!isWanted(uri)) return [];
    for (const run of this.#runsOf(uri.fsPath)) {
      const known = this.#known.get(run.run);
      const entries = known && entryGradients(getText(), { probes: known.probes, fileName: uri.path });
      if (known && entries)
        return entries
          .filter(({ line }) => range.start.line <= line && line <= range.end.line)
          .map((entry) => hintOf(entry, { run, probes: known.probes }));
    }
    return [];
  }

  dispose(): void {
    clearTimeout(this.#pause);
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }
}

interface Measured {
  readonly run: RunSummary;
  readonly probes: ProbeEnds;
}

/** A third digit would only flicker. */
const twoDigits = (value = Number.NaN): string => short(value);

function hintOf({ line, character, layers }: EntryGradients, measured: Measured): vscode.InlayHint {
  const values = layers.map(({ last }) => last).toSorted((a, b) => a - b);
  const [least, greatest] = [twoDigits(values[0]), twoDigits(values.at(-1))];
  const size = least === greatest ? least : `${least} … ${greatest}`;
  // Labelled as on the panel's axis. VS Code truncates a line's hints, shape included, at 43 letters: the least important part comes last.
  const label = isOver(measured.run.state) ? t('‖g‖/‖w‖ {0} last run', size) : t('‖g‖/‖w‖ {0} live', size);
  const hint = new vscode.InlayHint(new vscode.Position(line, character), label);
  hint.paddingLeft = true;
  hint.tooltip = new vscode.MarkdownString(tooltip(layers, measured));
  return hint;
}

function tooltip(layers: EntryGradients['layers'], { run, probes: { first, last } }: Measured): string {
  const rows = notableLayers(layers).map(
    (layer) =>
      `| ${layer.name} | ${formatNumber(layer.first)} | ${formatNumber(layer.last)} | ${formatNumber(layer.last / layer.first)} × |`,
  );
  return [
    t('**Gradient per weight**, ‖g‖ / ‖w‖ with g = ∂E/∂w: L2 norms over a layer’s weights, the loss E in nats.'),
    '',
    t('Measured in {0} ({1}, {2}).', `\`${run.name}\``, run.run, stateWord(run.state)),
    '',
    `| ${t('layer')} | ${t('step {0}', formatCount(first?.step ?? 0))} | ${t('step {0}', formatCount(last?.step ?? 0))} | ${t('ratio')} |`,
    '|---|---:|---:|---:|',
    ...rows,
  ].join('\n');
}
