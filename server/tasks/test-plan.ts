/** The options of testing a trained run, for all kinds of images. */
import type { Views } from '../domain/config.ts';
import { chooseForward } from '../engines/choose.ts';
import type { ForwardBackend } from '../engines/inference.ts';
import type { Backend, Device } from '../protocol/events.ts';
import type { TrainedRun } from '../testing/trained-run.ts';

export interface TestPlan {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  /** Crops whose scores are averaged, and shorter sides of images; the run file's if they are left out. */
  readonly views?: Views | undefined;
  readonly scales?: readonly number[] | undefined;
  /** Called with notices for the user: why the backend isn't the best, changes of the data. */
  readonly notice: (text: string) => void;
}

/** The resolved options. */
export interface SettledPlan {
  readonly backend: ForwardBackend;
  readonly views: Views;
  /** Empty: the training size. */
  readonly scales: readonly number[];
}

/** The plan with the run file's defaults, on the backend that this machine allows. */
export async function settlePlan(
  { config }: TrainedRun,
  { views = config.evaluate.views, scales = config.evaluate.scales, notice, ...requested }: TestPlan,
): Promise<SettledPlan> {
  const { backend, notices } = await chooseForward({ ...requested, report: notice });
  for (const text of notices) notice(text);
  return { backend, views, scales };
}
