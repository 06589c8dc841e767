/** The proof of a fix: not proved, being proved, or the verdict with its numbers. */
import type { VNode } from 'preact';
import { formatCount, formatPercent, formatSpread } from '../../server/domain/numbers/format.ts';
import type { FindingEvent, ProofEvent, ProofSide } from '../../server/protocol/events.ts';
import type { ChosenRun } from '../charts/chosen-run.ts';
import { Icon } from '../icons.tsx';
import { usePanel } from './context.ts';

/** The proof of a finding's fix; one fix may resolve several findings. */
export const proofOf = (run: ChosenRun, { rule }: FindingEvent): ProofEvent | undefined =>
  run.data.proofs.findLast(({ fixes }) => fixes.some((fix) => fix.rule === rule));

/** Starts a proof; disabled while one is running. */
export function ProveButton({ run, finding }: { run: ChosenRun; finding: FindingEvent }): VNode {
  const { store } = usePanel();
  const proof = proofOf(run, finding);
  const isRunning = proof?.state === 'running';
  return (
    <button
      type="button"
      disabled={isRunning}
      title="Train a copy of this run with the fix, same seed and order of images, and see whether it helps"
      onClick={() => store.post({ type: 'prove', run: run.run, rule: finding.rule })}
    >
      <Icon name="prove" /> {isRunning ? 'Proving …' : proof === undefined ? 'Prove' : 'Prove again'}
    </button>
  );
}

export function Proof({ run, finding }: { run: ChosenRun; finding: FindingEvent }): VNode {
  const { store } = usePanel();
  const proof = proofOf(run, finding);
  if (proof === undefined) return <p class="muted proof">Not proved yet.</p>;
  const copy = (store.runs.value ?? []).find((one) => one.run === proof.fixed);
  const canDraw = copy !== undefined && !store.chosen.value.includes(proof.fixed);
  return (
    <section class={`proof ${proof.state}`} aria-label={`Proof of the fix for ${finding.rule}`}>
      <p>
        <Icon name="prove" /> {sentence(proof, copy)}
      </p>
      {proof.sides !== undefined && <Numbers sides={proof.sides} />}
      {canDraw && (
        <button type="button" onClick={() => store.choose([...store.chosen.value, proof.fixed])}>
          <Icon name="chart" /> Draw the fixed copy, too
        </button>
      )}
    </section>
  );
}

function sentence(proof: ProofEvent, copy: { name: string; state: string; step: number; steps: number } | undefined) {
  if (proof.state === 'decided') return proof.verdict;
  if (proof.state === 'interrupted') return proof.message;
  if (copy === undefined) return 'Proving.';
  if (copy.state === 'queued') return `Proving: ${copy.name} is queued.`;
  return `Proving: ${copy.name} is at step ${formatCount(copy.step)} of ${formatCount(copy.steps)}.`;
}

function Numbers({ sides }: { sides: NonNullable<ProofEvent['sides']> }): VNode {
  return (
    <table class="proof-numbers">
      <thead>
        <tr>
          <td />
          {sides.map((side) => (
            <th key={side.run} scope="col">
              {side.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">step</th>
          {sides.map((side) => (
            <td key={side.run}>{side.step}</td>
          ))}
        </tr>
        <tr>
          <th scope="row">loss</th>
          {sides.map((side) => (
            <td key={side.run}>{lossOf(side)}</td>
          ))}
        </tr>
        <tr>
          <th scope="row">top-1 error</th>
          {sides.map((side) => (
            <td key={side.run}>{formatPercent(side.top1)}</td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

/** As many digits as the verdict has. */
const lossOf = ({ loss, standard_error }: ProofSide): string =>
  Number.isFinite(Number(loss)) ? formatSpread(Number(loss), Number(standard_error)) : 'not finite';
