/**
 * Watches the runs of proofs and says the verdict as soon as the evidence is there. Nothing is kept but in the store: after a
 * crash of the server the next one goes on with the proofs that are open.
 */
import { learnsAtLast, outcomeOf, type ProofSide, verdictOf } from '../domain/evaluation/proof.ts';
import { formatCount } from '../domain/numbers/format.ts';
import type { ProofEvent, RunState, ProofSide as ToldSide } from '../protocol/events.ts';
import { isOver } from '../protocol/run-state.ts';
import { toScalar } from '../protocol/scalar.ts';
import { errorText, type Log } from './log.ts';
import type { Recorder } from './recorder.ts';
import type { RunRecord } from './store/runs.ts';
import type { RunStore } from './store/store.ts';

export interface ProofsOptions {
  store: RunStore;
  recorder: Recorder;
  log: Log;
  /** Stop a run in good order. */
  stop: (run: string) => Promise<void>;
}

/** Ended by what it did, not by somebody. */
const endedItself = (state: RunState): boolean => state === 'finished' || state === 'stalled' || state === 'diverged';

export class Proofs {
  readonly #options: ProofsOptions;
  /** Fixed copies whose proof is told and on its way to the disk. */
  readonly #told = new Set<string>();
  /** Steps of fixed copies up to which the evidence was not there. */
  readonly #judged = new Map<string, number>();

  constructor(options: ProofsOptions) {
    this.#options = options;
  }

  /** Something was written to the store: see whether that decides a proof. */
  look(): void {
    const { store, log } = this.#options;
    for (const proof of store.openProofs()) {
      if (this.#told.has(proof.fixed)) continue;
      try {
        this.#judge(proof);
      } catch (error) {
        log.write('error', 'A proof failed', { run: proof.run, fixed: proof.fixed, error: errorText(error) });
        this.#interrupt(proof, `The training server could not judge it: ${(error as Error).message}.`);
      }
    }
  }

  #judge(proof: ProofEvent): void {
    const { store } = this.#options;
    if (!store.has(proof.fixed)) return this.#interrupt(proof, 'The fixed copy was removed.');
    const [before, after] = [store.record(proof.run), store.record(proof.fixed)];
    if (isOver(after.state) && !endedItself(after.state)) return this.#interrupt(proof, lost(store, after));
    if (before.state === 'failed') return this.#interrupt(proof, lost(store, before));
    if (this.#isEarly(proof, before, after)) return;
    if (!isOver(before.state)) return;
    if (endedItself(before.state)) {
      if (isOver(after.state)) this.#decideAtEnd(proof, before, after);
    } else if (before.step < proof.window) {
      this.#interrupt(proof, lost(store, before));
    } else if (isOver(after.state) || after.step >= before.step) {
      // As far as the run got.
      this.#decideAtEnd(proof, before, { ...after, step: Math.min(after.step, before.step) });
    }
  }

  /** The run never learnt, and the copy does. */
  #isEarly(proof: ProofEvent, before: RunRecord, after: RunRecord): boolean {
    const { store } = this.#options;
    const bad = (word: string): boolean => word === 'stalled' || word === 'diverged';
    if (!bad(before.state) && !store.standingRules(before.id).some(bad)) return false;
    const guess = this.#guess(proof);
    if (guess === undefined) return false;
    // Step by step, whenever this is called: the verdict is that of the first step which has the evidence.
    for (let at = Math.max(proof.window, (this.#judged.get(proof.fixed) ?? 0) + 1); at <= after.step; at++) {
      this.#judged.set(proof.fixed, at);
      const sides = this.#sides(proof, { before: Math.min(at, before.step), after: at });
      if (!sides || sides.some(({ level }) => level.steps < proof.window)) continue;
      if (!learnsAtLast(sides[0].level, sides[1].level, guess)) continue;
      const said = { outcome: 'helps', guess, early: true } as const;
      this.#decide(proof, sides, { ...said, verdict: verdictOf(...sides, said) });
      this.#stopCopy(proof);
      return true;
    }
    return false;
  }

  #decideAtEnd(proof: ProofEvent, before: RunRecord, after: RunRecord): void {
    const common = Math.min(before.step, after.step);
    // A run that stalled or diverged would not have got better by its copy's last step.
    const at = before.state === 'stalled' || before.state === 'diverged' ? after.step : common;
    const sides = this.#sides(proof, { before: Math.min(at, before.step), after: at });
    const guess = this.#guess(proof);
    if (!sides || guess === undefined) {
      this.#interrupt(proof, `${before.name} and ${after.name} made too few steps to be compared.`);
      return;
    }
    const outcome = outcomeOf(...sides, guess);
    this.#decide(proof, sides, {
      outcome,
      guess,
      early: false,
      verdict: verdictOf(...sides, { outcome, guess, early: false }),
    });
    this.#stopCopy(proof);
  }

  #guess(proof: ProofEvent): number | undefined {
    const classes = this.#options.store.classCount(proof.fixed) ?? this.#options.store.classCount(proof.run);
    return classes === undefined ? undefined : Math.log(classes);
  }

  #sides(proof: ProofEvent, upTo: { before: number; after: number }): [ProofSide, ProofSide] | undefined {
    const { store } = this.#options;
    const before = store.proofSide(proof.run, { upTo: upTo.before, window: proof.window });
    const after = store.proofSide(proof.fixed, { upTo: upTo.after, window: proof.window });
    return before && after && [before, after];
  }

  #decide(
    proof: ProofEvent,
    [before, after]: readonly [ProofSide, ProofSide],
    said: Required<Pick<ProofEvent, 'outcome' | 'guess' | 'early' | 'verdict'>>,
  ): void {
    const { store } = this.#options;
    const told = (run: string, { name, level, evaluated }: ProofSide): ToldSide => ({
      run,
      name,
      state: store.record(run).state,
      step: level.step,
      loss: toScalar(level.loss),
      standard_error: toScalar(level.standardError),
      batch_top1: toScalar(level.top1),
      ...(evaluated && { top1: evaluated.top1 }),
    });
    this.#tell({
      ...proof,
      ...said,
      state: 'decided',
      decided_at: after.level.step,
      sides: [told(proof.run, before), told(proof.fixed, after)],
    });
  }

  #interrupt(proof: ProofEvent, why: string): void {
    this.#tell({ ...proof, state: 'interrupted', message: `The proof was interrupted. ${why} Prove it again.` });
    this.#stopCopy(proof);
  }

  /** Its work is done; one that has ended stays as it is. */
  #stopCopy({ fixed }: ProofEvent): void {
    const { store, log, stop } = this.#options;
    if (!store.has(fixed)) return;
    stop(fixed).catch((error: unknown) => {
      log.write('error', 'The fixed copy of a proof could not be stopped', { run: fixed, error: errorText(error) });
    });
  }

  #tell(proof: ProofEvent): void {
    this.#told.add(proof.fixed);
    this.#options.recorder.record({ kind: 'event', run: proof.run, event: proof, origin: 'server' });
  }
}

/** How a run was lost to a proof. */
function lost(store: RunStore, { id, name, state, step }: RunRecord): string {
  const { message } = store.summary(id);
  return `${name} (${id}) is ${state} at step ${formatCount(step)}${message === undefined ? '.' : `: ${message}`}`;
}
