import { readRuns, type StoreReader } from '../tasks/read-store.ts';
import { say } from './output.ts';

/** Read the runs of this folder's store, also where no server can start; says where its files are read. */
export const withReader = <T>(use: (reader: StoreReader) => Promise<T>): Promise<T> => readRuns(use, say);
