/** What is said at the two ends of a run's life, from what the store knows. */
import type { EndEvent, RunState } from '../protocol/events.ts';
import type { StartMessage } from '../protocol/trainer.ts';
import type { RunRecord } from './store/runs.ts';
import type { RunStore } from './store/store.ts';

/** The first words to a trainer. `folder` is the run's own. */
export const startMessage = (
  record: RunRecord,
  { folder, endedStep }: Pick<StartMessage, 'folder' | 'endedStep'>,
): StartMessage => ({
  type: 'start',
  run: record.id,
  file: record.file,
  text: record.text,
  backend: record.backendAsked,
  device: record.deviceAsked,
  folder,
  storedStep: record.step,
  extraEpochs: record.extraEpochs,
  endedStep,
});

/** The end of a run that no trainer told of: failed, interrupted, stopped while it was queued. */
export function endEvent(
  store: RunStore,
  run: string,
  {
    state,
    seconds,
    message,
    refused = false,
  }: { state: RunState; seconds: number; message?: string; refused?: boolean },
): EndEvent {
  const { step, epoch, top1, top5 } = store.summary(run);
  return {
    event: 'end',
    run,
    state,
    step,
    epoch,
    ...(top1 === undefined ? {} : { top1 }),
    ...(top5 === undefined ? {} : { top5 }),
    seconds,
    ...(message === undefined ? {} : { message }),
    ...(refused && { refused }),
  };
}
