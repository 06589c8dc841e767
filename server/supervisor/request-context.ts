/** What requests are answered with: the parts of the server, and how it tells its clients. */
import type * as ask from '../protocol/requests.ts';
import type { Queue } from './queue.ts';
import type { Recorder } from './recorder.ts';
import type { Applied, RunStore } from './store/store.ts';

export interface RequestContext {
  store: RunStore;
  recorder: Recorder;
  queue: Queue;
  status: () => ask.ServerStatus;
  /** What a client is shown of a run. */
  summary: (run: string) => ask.RunSummary;
  summaries: () => ask.RunSummary[];
  tell: (applied: Applied) => void;
  shutdown: () => void;
}
