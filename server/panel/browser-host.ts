/** What a page in a browser asks for: done by the training server, or, where it takes an editor, told with what to do instead. */
import type { BrowserMessage, Instruction } from '../protocol/panel.ts';
import { Prove, Remove, Resume, type RunSummary, Show, Stop } from '../protocol/requests.ts';
import { typedCommand } from '../system/command-name.ts';
import { diskTexts } from './disk-texts.ts';
import { fixInstruction, newRunFileInstruction, placeInstruction, trainInstruction } from './instructions.ts';
import { layerLine } from './layer-line.ts';
import type { OneStore } from './one-store.ts';
import type { HostAction, PanelHost } from './panel-host.ts';

export interface BrowserHostOptions {
  readonly store: OneStore;
  /** Where the command was called: run files are looked for in it. */
  readonly folder: string;
  readonly post: (message: BrowserMessage) => void;
  /** Draw exactly these runs. */
  readonly show: (runs: readonly string[]) => void;
  readonly warn: (text: string) => void;
}

export class BrowserHost implements PanelHost {
  readonly texts = diskTexts;
  readonly #options: BrowserHostOptions;

  constructor(options: BrowserHostOptions) {
    this.#options = options;
  }

  async act(action: HostAction): Promise<void> {
    const { store, folder, show } = this.#options;
    const { connection } = store;
    switch (action.type) {
      case 'stop':
        return void (await connection.request(Stop, { run: action.run }));
      case 'resume':
        return void (await connection.request(Resume, { run: action.run }));
      case 'remove':
        return void (await connection.request(Remove, { run: action.run }));
      case 'prove': {
        const { runs } = await connection.request(Prove, { run: action.run, rule: action.rule });
        return show(runs.map(({ run }) => run));
      }
      case 'reveal':
        return this.#tellPlace(action.run, () => action.line);
      case 'revealLayer':
        return this.#tellPlace(action.run, (text, file) => layerLine(text, { file, layer: action.layer }) ?? 1);
      case 'applyFix': {
        const { summary, text, findings } = await connection.request(Show, { run: action.run });
        const finding = findings.findLast((one) => one.rule === action.rule && one.fix);
        if (!finding?.fix) throw new Error(`${summary.name} has no fix for ${action.rule}.`);
        const now = await diskTexts.read(summary.file);
        return this.#tell(fixInstruction({ file: summary.file, text, now, rule: action.rule, fix: finding.fix }));
      }
      case 'train':
        return this.#tell(await trainInstruction(folder));
      case 'newRunFile':
        return this.#tell(newRunFileInstruction(folder));
      case 'save':
        throw new Error('A page in a browser saves by itself.');
      default:
        throw new Error(
          `The panel says “${String((action satisfies never as HostAction).type)}”, which nobody understands.`,
        );
    }
  }

  /** A line of the run's file as it is now, or as it was run where the file is gone. */
  async #tellPlace(run: string, lineOf: (text: string, file: string) => number): Promise<void> {
    const { store } = this.#options;
    const { file, name } = this.#summary(run);
    const now = await diskTexts.read(file);
    const text = now ?? (await store.connection.request(Show, { run })).text;
    this.#tell(placeInstruction({ file, name, text, line: lineOf(text, file), isGone: now === undefined }));
  }

  /** Shows an instruction, its commands as this user types them. */
  #tell({ commands, ...instruction }: Instruction): void {
    const typed = commands?.map((command) => command.replace(/^rectiscope\b/, typedCommand()));
    this.#options.post({ ...instruction, ...(typed && { commands: typed }) });
  }

  #summary(run: string): RunSummary {
    const summary = this.#options.store.run(run);
    if (!summary) throw new Error(`Run ${run} is not in the store any more.`);
    return summary;
  }

  /** The browser keeps how a page is looked at. */
  remember(): void {}

  rememberChosen(): void {}

  warn(text: string): void {
    this.#options.warn(text);
  }
}
