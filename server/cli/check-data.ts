/** What `check` finds out about the data that a run file names. */
import { placeNetwork } from '../domain/network/network.ts';
import type { Severity } from '../protocol/events.ts';
import { RUN_FILE_RULE } from '../run-file/mistake.ts';
import type { RunFile } from '../run-file/read.ts';
import type { DataFacts } from '../trainer/data/inspect.ts';
import { RunFailure } from '../trainer/failure.ts';

/** Why the data can't be used: no rule says it, and training would refuse. */
export interface DataFailure {
  readonly rule: typeof RUN_FILE_RULE;
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface LookedAt {
  readonly facts?: DataFacts;
  readonly failures: readonly DataFailure[];
}

/**
 * Look at the data. Data that is not there is a warning, since the network can be checked without; data that does not fit it is
 * an error.
 */
export async function lookAtData({ config, positions }: RunFile): Promise<LookedAt> {
  // Without data there is nothing to load the image decoder for.
  if (!config?.data) return { failures: [] };
  const { inspectData } = await import('../trainer/data/inspect.ts');
  try {
    const facts = await inspectData(config, placeNetwork(config.network));
    return { ...(facts && { facts }), failures: [] };
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    const { message, source = ['data', 'source'] } = error;
    const { line, column } = positions.nearestRange(source);
    const severity = source.join('.') === 'data.source' ? 'warning' : 'error';
    return { failures: [{ rule: RUN_FILE_RULE, severity, line, column, message }] };
  }
}
