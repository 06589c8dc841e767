import type { RunConfig } from '../domain/config.ts';
import { placeNetwork } from '../domain/network/network.ts';
import type { DataLook } from '../protocol/data-look.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { inspectData } from './inspect.ts';

/** Look at the data that a file names. Data that can't be used is an answer; throws only what is no fault of the data. */
export async function lookAtData(config: RunConfig): Promise<DataLook> {
  try {
    const facts = await inspectData(config, placeNetwork(config.network));
    return { ...(facts && { facts }) };
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    const { message, source } = error;
    return { problem: { message, source } };
  }
}
