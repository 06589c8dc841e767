/** Watches the files of the runs that a page draws, and reports which of their fixes still fit. */
import type { FindingEvent } from '../protocol/events.ts';
import type { FixState, HostMessage } from '../protocol/panel.ts';
import type { Delta, RunSnapshot } from '../protocol/requests.ts';
import { fixState } from './fix-state.ts';
import type { Disposable, FileTexts } from './panel-host.ts';

interface Watched {
  readonly file: string;
  /** As it was run. */
  readonly text: string;
  readonly findings: FindingEvent[];
  readonly watch: Disposable;
}

export interface FixWatchOptions {
  readonly texts: FileTexts;
  readonly post: (message: HostMessage) => void;
  readonly fail: (error: unknown) => void;
}

export class FixWatch implements Disposable {
  readonly #options: FixWatchOptions;
  readonly #runs = new Map<string, Watched>();

  constructor(options: FixWatchOptions) {
    this.#options = options;
  }

  /** A run whose snapshot was sent. */
  take({ summary: { run, file }, text, findings }: RunSnapshot): void {
    this.forget(run);
    const watch = this.#options.texts.watch(file, () => this.#report(run));
    this.#runs.set(run, { file, text, findings: [...findings], watch });
    this.#report(run);
  }

  /** A new finding may have a fix. */
  takeDelta({ run, event }: Delta): void {
    if (event.event !== 'finding') return;
    this.#runs.get(run)?.findings.push(event);
    this.#report(run);
  }

  forget(run: string): void {
    this.#runs.get(run)?.watch.dispose();
    this.#runs.delete(run);
  }

  #report(run: string): void {
    this.#read(run).catch(this.#options.fail);
  }

  async #read(run: string): Promise<void> {
    const watched = this.#runs.get(run);
    if (watched === undefined || watched.findings.every(({ fix }) => fix === undefined)) return;
    const now = await this.#options.texts.read(watched.file);
    const fixes: Record<string, FixState> = {};
    for (const { rule, fix } of watched.findings)
      if (fix !== undefined) fixes[rule] = now === undefined ? 'changed' : fixState(watched.text, now, fix.edits);
    this.#options.post({ type: 'fixes', run, fixes });
  }

  dispose(): void {
    for (const run of [...this.#runs.keys()]) this.forget(run);
  }
}
