/**
 * What happens in a run, in the order in which it happens. The same objects go from the trainer to the server, from the
 * server to every view, and, one per line, to the standard output of `rectiscope train --json`.
 * Keys are snake_case because users' scripts read them. Norms are L2, errors per cent, times milliseconds or seconds.
 */
import type { Views } from '../domain/config.ts';
import type { ClassCounts } from '../domain/evaluation/metrics.ts';
import type { ProofOutcome } from '../domain/evaluation/proof.ts';
import type { Measured } from '../domain/probe/quantities.ts';
import type { FindingPlace } from './finding-place.ts';
import type { Scalar } from './scalar.ts';

export type Backend = 'tensorflow' | 'onnx';
export type Device = 'cpu' | 'cuda' | 'webgpu';
export type Severity = 'error' | 'warning' | 'information';

/** `running` always means: a living trainer works on it. */
export type RunState =
  | 'queued'
  | 'running'
  | 'finished'
  | 'stopped'
  | 'stalled'
  | 'diverged'
  | 'failed'
  | 'interrupted';

export interface QueuedEvent {
  event: 'queued';
  run: string;
  name: string;
}

export interface StartedEvent {
  event: 'started';
  run: string;
  backend: Backend;
  device: Device;
  threads: number;
  /** Number of parts of a batch that are computed in parallel; pinned by the checkpoint, since it determines rounding. */
  parts: number;
  parameters: number;
  weighted_layers: number;
  /** Total steps, and steps per epoch (may be fractional). */
  steps: number;
  steps_per_epoch: number;
  classes: string[];
  /**
   * Predicted standard deviation of every weighted layer's pre-activations at step 1, on this run's images as the network gets them: for
   * the audit of the prediction. Absent in runs of older versions.
   */
  predicted_std?: Scalar[];
  /** The step that the first `step` event will carry: 1, or more after a resume. */
  first_step: number;
}

export interface StepEvent {
  event: 'step';
  run: string;
  step: number;
  epoch: number;
  /** Cross-entropy of the batch in nats, before the step's update, without the decay term. */
  loss: Scalar;
  /** Top-1 error of the batch, per cent. */
  top1: number;
  learning_rate: number;
  step_ms: number;
  /** Of which the step waited for its images. */
  data_ms?: number;
}

/** One weighted layer at one probed step: its quantities (`domain/probe/quantities.ts`). */
export type LayerProbe = { name: string } & Measured<Scalar>;

export interface ProbeEvent {
  event: 'probe';
  run: string;
  step: number;
  /** The weighted layers in order of depth. */
  layers: LayerProbe[];
}

export interface EvaluationEvent {
  event: 'evaluation';
  run: string;
  step: number;
  epoch: number;
  loss: Scalar;
  top1: number;
  top5: number;
  views: Views;
  /** Shorter sides whose scores were averaged; absent: the one at which images are resized in training. */
  scales?: number[];
  /** Loss over the first training examples, as many as in validation, in test mode. */
  train_loss: Scalar;
  /** Their top-1 error, per cent. */
  train_top1: number;
  /** Counts [label][predicted], up to 100 classes. */
  confusion?: number[][];
  /** Of each class, in the order of `started.classes`: examples, and how many were wrong. Absent in runs of older versions. */
  class_errors?: ClassCounts;
  /** Images of the worst classes with the lowest scores for their own class. */
  worst?: WorstImage[];
}

/** A misclassified validation image. */
export interface WorstImage {
  /** Its file relative to the source, or its index there; and its index in the split. */
  image: string;
  index: number;
  label: number;
  predicted: number;
  /** Score (probability) of the predicted class, and of its own. */
  score: number;
  label_score: number;
}

/** One edit of a run file: replace the range by the text. Lines and columns count from 1; the end is exclusive. */
export interface FileEdit {
  line: number;
  column: number;
  end_line: number;
  end_column: number;
  text: string;
}

export interface Fix {
  title: string;
  edits: FileEdit[];
}

export interface FindingEvent extends FindingPlace {
  event: 'finding';
  run: string;
  rule: string;
  severity: Severity;
  /** The step at which the evidence was complete; 0 before training. */
  step: number;
  layer?: string;
  /** Rule of an earlier finding that explains this one: views show it beneath that. */
  cause?: string;
  message: string;
  evidence: Record<string, Scalar | Scalar[] | string>;
  /** The limit that was crossed, and where it comes from. */
  threshold: number;
  source: string;
  predicted?: Scalar;
  measured?: Scalar;
  fix?: Fix;
  /** Details beyond the message, on request. */
  detail?: string;
  /** Step at which the finding ended; absent while it holds, and always absent in a `finding` event. */
  recovered?: number;
}

/** A finding has ended: it has not held for a while. */
export interface RecoveredEvent {
  event: 'recovered';
  run: string;
  rule: string;
  /** Step of the finding, and the step at which it ended. */
  found: number;
  step: number;
}

/** One side of a proof: means over a window of steps that ends at `step`, and the last evaluation, if there was one. */
export interface ProofSide {
  run: string;
  name: string;
  state: RunState;
  step: number;
  loss: Scalar;
  /** Standard error of `loss`. */
  standard_error: Scalar;
  /** Of the batches, per cent. */
  batch_top1: Scalar;
  top1?: number;
}

/** A proof of a fix of this run, pending or decided: by a fixed copy with the same seed and order of the examples. */
export interface ProofEvent {
  event: 'proof';
  run: string;
  /** The step of this run when the proof was requested. */
  step: number;
  /** The fixed copy. */
  fixed: string;
  /** What was fixed; the first rule is the one whose fix is proved. */
  fixes: { rule: string; title: string }[];
  /** Steps over which losses are averaged. */
  window: number;
  /** `interrupted`: one of the two could not continue, so there is no verdict; `message` says why. */
  state: 'running' | 'decided' | 'interrupted';
  outcome?: ProofOutcome;
  /** The verdict in one or two sentences, with numbers. */
  verdict?: string;
  /** Step of the fixed copy at which it was decided. */
  decided_at?: number;
  /** Decided before the end of the fixed copy, which was then stopped. */
  early?: boolean;
  /** The loss of guessing, ln K. */
  guess?: number;
  /** This run, and its fixed copy. */
  sides?: [ProofSide, ProofSide];
  message?: string;
}

export interface CheckpointEvent {
  event: 'checkpoint';
  run: string;
  step: number;
  file: string;
  /** SHA-256 over all variables in order: equal hashes mean bit-identical weights and optimiser state. */
  weights_hash: string;
}

/** Something a user should know that is not a state: a restart, a damaged checkpoint passed over, a slower backend. */
export interface NoticeEvent {
  event: 'notice';
  run: string;
  step: number;
  message: string;
}

export interface EndEvent {
  event: 'end';
  run: string;
  state: RunState;
  step: number;
  epoch: number;
  /** Of the last evaluation, if there was one. */
  top1?: number;
  top5?: number;
  /** Time spent training, restarts included, seconds. */
  seconds: number;
  /** The reason, if the state alone does not explain it. */
  message?: string;
  /** It could not be resumed, for the reason in \`message\`: its state is unchanged. */
  refused?: true;
}

export type RunEvent =
  | QueuedEvent
  | StartedEvent
  | StepEvent
  | ProbeEvent
  | EvaluationEvent
  | FindingEvent
  | RecoveredEvent
  | ProofEvent
  | CheckpointEvent
  | NoticeEvent
  | EndEvent;
