/** Reading the parameters of requests: whatever a client sends, a handler sees what its types say or is not called. */
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type { Backend, Device } from '../protocol/events.ts';
import { labelProblem } from '../protocol/label.ts';
import type { Annotation, ProveParams, TrainParams } from '../protocol/requests.ts';

const invalid = (message: string): ResponseError<void> => new ResponseError(ErrorCodes.InvalidParams, message);

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(params: unknown): Fields {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw invalid('The parameters must be an object.');
  }
  return params as Fields;
}

function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw invalid(`\`${name}\` must be a string.`);
  return value;
}

function choiceField<Choice extends string>(fields: Fields, name: string, choices: readonly Choice[]): Choice {
  const value = textField(fields, name);
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw invalid(`\`${name}\` must be one of ${choices.join(', ')}.`);
  return choice;
}

const BACKENDS: readonly (Backend | 'auto')[] = ['auto', 'tensorflow', 'onnx'];
const DEVICES: readonly (Device | 'auto')[] = ['auto', 'cpu', 'cuda', 'webgpu'];

export const runParameter = (params: unknown): string => textField(fieldsOf(params), 'run');

export function protocolParameter(params: unknown): number {
  const { protocol } = fieldsOf(params);
  if (typeof protocol !== 'number') throw invalid('`protocol` must be a number.');
  return protocol;
}

/** The epochs to extend a run by, if any. */
export function epochsParameter(params: unknown): number | undefined {
  const { epochs } = fieldsOf(params);
  if (epochs === undefined || epochs === null) return undefined;
  if (typeof epochs !== 'number' || !Number.isFinite(epochs) || epochs <= 0) {
    throw invalid('`epochs` must be a number greater than 0.');
  }
  return epochs;
}

/** The workers to go on with, if they are to be others. */
export function workersParameter(params: unknown): string[] | undefined {
  const { workers } = fieldsOf(params);
  if (workers === undefined || workers === null) return undefined;
  if (!Array.isArray(workers) || !workers.every((one) => typeof one === 'string')) {
    throw invalid('`workers` must be a list of strings.');
  }
  return workers;
}

/** What a user says of a run: a name and tags without space around them, none of them empty, each tag once. */
export function annotationParameters(params: unknown): Annotation {
  const fields = fieldsOf(params);
  const { name, note, tags, starred } = fields;
  const annotation: Annotation = {};
  if (name !== undefined) {
    annotation.name = textField(fields, 'name').trim();
    const problem = labelProblem(annotation.name);
    if (problem !== undefined) throw invalid(`\`name\` ${problem}.`);
  }
  if (note !== undefined) annotation.note = textField(fields, 'note').trim();
  if (tags !== undefined) {
    if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string' && labelProblem(tag) === undefined)) {
      throw invalid('`tags` must be a list of strings of 1 to 200 characters, without line breaks.');
    }
    annotation.tags = [...new Set(tags.map((tag: string) => tag.trim()))];
  }
  if (starred !== undefined) {
    if (typeof starred !== 'boolean') throw invalid('`starred` must be true or false.');
    annotation.starred = starred;
  }
  return annotation;
}

/** What is to be proved: a run's finding, or a file's. */
export function proveParameters(params: unknown): ProveParams {
  const fields = fieldsOf(params);
  const rule = fields['rule'] === undefined ? {} : { rule: textField(fields, 'rule') };
  if (fields['run'] !== undefined) return { ...rule, run: textField(fields, 'run') };
  const { overrides: _, ...subject } = trainParameters({ ...fields, overrides: [] });
  return { ...rule, ...subject };
}

export function trainParameters(params: unknown): TrainParams {
  const fields = fieldsOf(params);
  const { overrides } = fields;
  if (!Array.isArray(overrides) || !overrides.every((one) => typeof one === 'string')) {
    throw invalid('`overrides` must be a list of strings.');
  }
  return {
    file: textField(fields, 'file'),
    text: textField(fields, 'text'),
    overrides,
    backend: choiceField(fields, 'backend', BACKENDS),
    device: choiceField(fields, 'device', DEVICES),
  };
}
