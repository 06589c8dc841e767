/** A proof: requests the pair of runs, and waits for the verdict. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LastingClient } from '../client/lasting-client.ts';
import type { ProofEvent } from '../protocol/events.ts';
import { Prove, type Proving, type RunSnapshot } from '../protocol/requests.ts';
import { readText } from './run-files.ts';
import { TaskError } from './task-error.ts';

/** Has the server make the pair: of a file, or if there is no such file, of a run. `own`: the runs that were queued for this proof. */
export async function beginProof(
  client: LastingClient,
  target: string,
  rule: string | undefined,
): Promise<Proving & { own: readonly string[] }> {
  const which = rule === undefined ? {} : { rule };
  if (!existsSync(target)) {
    const proving = await client.request(Prove, { run: target, ...which });
    return { ...proving, own: [proving.proof.fixed] };
  }
  const subject = { file: resolve(target), text: readText(target), backend: 'auto', device: 'auto' } as const;
  const proving = await client.request(Prove, { ...subject, ...which });
  return { ...proving, own: proving.runs.map(({ run }) => run) };
}

/** The proof as it is in a snapshot of its first run; a TaskError if another one has replaced it. */
export function latestProof({ proofs }: RunSnapshot, { fixed }: ProofEvent): ProofEvent {
  const proof = proofs.find((one) => one.fixed === fixed);
  if (!proof)
    throw new TaskError('unexpected', 'Another proof of the same rule was started: `rectiscope show` lists it.');
  return proof;
}
