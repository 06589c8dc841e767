/** The request `prove`: from a run or a run file, the fixed copy, and both queued. */
import { dirname, isAbsolute } from 'node:path';
import { learningWindow } from '../domain/rules/history.ts';
import { badRunFile, notAllowedNow } from '../protocol/errors.ts';
import type { ProofEvent } from '../protocol/events.ts';
import type { Proving, RunSnapshot, TrainParams } from '../protocol/requests.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import type { Fixed } from '../tasks/fix.ts';
import { proveParameters } from './parameters.ts';
import type { RequestContext } from './request-context.ts';
import type { Operation } from './store/operations.ts';

type Subject = Omit<TrainParams, 'overrides'>;

/** Queue what is missing of the pair. A proof that is under way is not begun again. */
export async function prove(context: RequestContext, params: unknown): Promise<Proving> {
  const wanted = proveParameters(params);
  if ('run' in wanted) {
    const run = context.store.find(wanted.run);
    context.recorder.write();
    return proveRun(context, context.store.snapshot(run), wanted.rule);
  }
  const { rule, ...subject } = wanted;
  if (!isAbsolute(subject.file)) throw badRunFile(`${subject.file}: the path of a run file must be absolute.`);
  const fixed = await fixesOf(subject, rule);
  if (fixed.fixes.length === 0)
    throw notAllowedNow(
      `${subject.file}: \`check\` finds nothing to fix${rule === undefined ? '' : ` by rule ${rule}`}. Train it, and prove the run's finding: \`rectiscope prove RUN\`.`,
    );
  const { readRunFile } = await import('../run-file/read.ts');
  const { config, mistakes } = readRunFile(subject.text, { fileName: subject.file, folder: dirname(subject.file) });
  if (!config) throw badRunFile(placedMistakes(subject.file, mistakes));
  context.recorder.write();
  const { run, ...applied } = context.store.create(config.name, { ...subject, overrides: [] });
  context.tell(applied);
  return begin(context, context.store.snapshot(run), fixed);
}

async function proveRun(context: RequestContext, snapshot: RunSnapshot, rule: string | undefined): Promise<Proving> {
  const { run, name, file } = snapshot.summary;
  const fixed = (await measuredFix(snapshot, rule)) ?? (await fixesOf({ file, text: snapshot.text }, rule));
  const [first] = fixed.fixes;
  if (!first)
    throw notAllowedNow(`${name} (${run}) has no finding with a fix${rule === undefined ? '' : ` of rule ${rule}`}.`);
  const known = context.store
    .snapshot(run)
    .proofs.find(
      ({ state, fixes, fixed: copy }) =>
        state === 'running' && fixes[0]?.rule === first.rule && context.store.has(copy),
    );
  if (known) return { proof: known, runs: [context.summary(run), context.summary(known.fixed)] };
  return begin(context, snapshot, fixed);
}

/** The fix of a finding that training made. A root cause's is the one to prove: its consequences would ask for others. */
async function measuredFix({ summary, text, findings }: RunSnapshot, rule?: string): Promise<Fixed | undefined> {
  const finding = findings.find((one) => one.fix && (rule === undefined ? one.cause === undefined : one.rule === rule));
  if (!finding?.fix) return undefined;
  const { readRunFile } = await import('../run-file/read.ts');
  const { applyEdits } = await import('../run-file/edit.ts');
  const { positions } = readRunFile(text, { fileName: summary.file, folder: dirname(summary.file) });
  return {
    text: applyEdits(positions, finding.fix.edits),
    fixes: [{ rule: finding.rule, title: finding.fix.title }],
  };
}

/** The fixes of what is predicted of a text; a TaskError where it has mistakes. */
async function fixesOf({ file, text }: Pick<Subject, 'file' | 'text'>, rule?: string): Promise<Fixed> {
  const { fixedText } = await import('../tasks/fix.ts');
  return fixedText(file, text, rule);
}

/** Queue the fixed copy, as the run was trained: same seed, same engine, as many epochs. */
async function begin(context: RequestContext, before: RunSnapshot, { text, fixes }: Fixed): Promise<Proving> {
  const { store, queue, summary, tell } = context;
  const { run, name, file, step, backend, device } = before.summary;
  const [{ readRunFile }, { renamed }] = await Promise.all([
    import('../run-file/read.ts'),
    import('../run-file/fix.ts'),
  ]);
  const copyName = `${name}-fixed`;
  const copyText = renamed(text, copyName);
  const { config, mistakes } = readRunFile(copyText, { fileName: file, folder: dirname(file) });
  if (!config)
    throw badRunFile(
      `The fixed copy of ${name} can't be trained: ${mistakes.map(({ message }) => message).join('; ')}`,
    );
  const record = store.record(run);
  let proof: ProofEvent | undefined;
  const also = (fixed: string): Operation[] => {
    proof = {
      event: 'proof',
      run,
      step,
      fixed,
      fixes: fixes.map((fix) => ({ ...fix })),
      window: learningWindow(config.train.batchSize),
      state: 'running',
    };
    const message = `The fixed copy of ${name} (${run}), trained to prove “${fixes.map(({ title }) => title).join('; ')}”.`;
    return [
      ...(record.extraEpochs > 0
        ? [{ kind: 'queue', run: fixed, place: 'end', extraEpochs: record.extraEpochs } as const]
        : []),
      { kind: 'event', run: fixed, event: { event: 'notice', run: fixed, step: 0, message }, origin: 'server' },
      { kind: 'event', run, event: proof, origin: 'server' },
    ];
  };
  const { run: fixed, ...applied } = store.create(
    copyName,
    {
      file,
      text: copyText,
      overrides: [],
      backend: backend ?? record.backendAsked,
      device: device ?? record.deviceAsked,
    },
    also,
  );
  tell(applied);
  queue.pump();
  if (!proof) throw new Error('The store made a run without what belongs to it.');
  return { proof, runs: [summary(run), summary(fixed)] };
}
