/** Which messages are accepted: from our own host, and of a shape that the panel can draw. */
import type { HostMessage } from '../server/protocol/panel.ts';
import type { Delta, ProbeColumns, RunSnapshot, RunSummary, StepColumns } from '../server/protocol/requests.ts';

/** An object of unknown origin with the keys that we look for. */
type Fields = Readonly<Partial<Record<Key, unknown>>>;
type Key =
  | keyof RunSummary
  | keyof RunSnapshot
  | keyof StepColumns
  | keyof ProbeColumns
  | keyof Delta
  | 'type'
  | 'state'
  | 'runs'
  | 'snapshot'
  | 'delta'
  | 'fixes'
  | 'message';

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

const isSummary = (value: unknown): boolean =>
  isObject(value) && isText(value.run) && isText(value.name) && isText(value.state) && typeof value.step === 'number';

const isColumns = (value: unknown, names: readonly Key[]): boolean =>
  isObject(value) && names.every((name) => isText(value[name]));

const isSnapshot = (value: unknown): boolean =>
  isObject(value) &&
  Number.isInteger(value.sequence) &&
  isSummary(value.summary) &&
  isColumns(value.steps, ['step', 'epoch', 'loss', 'top1', 'learning_rate', 'step_ms']) &&
  isColumns(value.probes, ['step', 'values']) &&
  isTexts((value.probes as Fields).layers) &&
  isTexts((value.probes as Fields).quantities) &&
  (['evaluations', 'findings', 'notices', 'proofs'] as const).every((name) => Array.isArray(value[name]));

const isDelta = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.run) &&
  Number.isInteger(value.sequence) &&
  isSummary(value.summary) &&
  isObject(value.event) &&
  isText(value.event.event);

/** Whether a message has a valid shape; its content is not checked further. */
export function isHostMessage(value: unknown): value is HostMessage {
  if (!isObject(value)) return false;
  switch (value.type) {
    case 'connection':
      return ['connected', 'starting', 'lost'].includes(value.state as string);
    case 'runs':
      return Array.isArray(value.runs) && value.runs.every(isSummary);
    case 'snapshot':
      return isSnapshot(value.snapshot);
    case 'fixes':
      return isText(value.run) && isObject(value.fixes);
    case 'delta':
      return isDelta(value.delta);
    case 'show':
      return isTexts(value.runs);
    case 'problem':
      return isText(value.message);
    default:
      return false;
  }
}
