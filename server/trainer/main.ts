/**
 * A trainer: a process that trains one run and ends. It may crash without affecting anything else, and ends when the server
 * does: without a store its results would be lost.
 */
import { dirname } from 'node:path';
import { type Checkpoint, clearAfter, latestCheckpoint } from '../checkpoint/checkpoint.ts';
import { checkFits, configHash } from '../checkpoint/fit.ts';
import { checkWeightFiles, readInitialWeights, type WeightFiles } from '../checkpoint/initial-weights.ts';
import type { Dataset } from '../data/dataset.ts';
import { changedFiles, writeFileList } from '../data/file-list.ts';
import { inspectData } from '../data/inspect.ts';
import { openDataset } from '../data/open.ts';
import type { RunConfig } from '../domain/config.ts';
import { logitsSource, type Network, placeNetwork } from '../domain/network/network.ts';
import { withMoments } from '../domain/network/stored-weights.ts';
import { toSteps } from '../domain/schedule/duration.ts';
import { plateauOf } from '../domain/schedule/plateau.ts';
import { type SurveyedData, surveyedData } from '../domain/survey/survey.ts';
import { chooseEngine, forwardOn } from '../engines/choose.ts';
import { Inference } from '../engines/inference.ts';
import type { StartMessage, ToTrainer } from '../protocol/trainer.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import type { RunFile } from '../run-file/read.ts';
import { readRunFile } from '../run-file/read.ts';
import { placed, RunFailure } from '../run-file/run-failure.ts';
import { systemClock } from '../system/clock.ts';
import { needsInference } from '../testing/evaluate.ts';
import { Link } from './link.ts';
import { train } from './loop.ts';

/** Between two signs of life while a library is fetched, milliseconds. */
const SIGN_OF_LIFE_MS = 2000;

/** Refuses a plateau's patience that ends before the next evaluation: times of two units can be compared only now. */
function checkPatience({ train: { schedule }, evaluate }: RunConfig, stepsPerEpoch: number): void {
  const plateau = plateauOf({ schedule }, stepsPerEpoch);
  if (!plateau) return;
  const [patience, every] = [plateau.rule.patience, evaluate.every].map((time) => toSteps(time, stepsPerEpoch));
  if (patience === undefined || every === undefined || patience >= every) return;
  throw new RunFailure(
    `\`patience\` is ${patience} steps, but evaluations are ${every} steps apart: make it longer, or \`evaluate.every\` shorter.`,
    ['train', 'schedule', ...(schedule.kind === 'warmup' ? ['then'] : []), 'plateau', 'patience'],
  );
}

async function runTraining(start: StartMessage, runFile: RunFile, link: Link): Promise<void> {
  const { config, mistakes } = runFile;
  if (!config) throw new RunFailure(placedMistakes(start.file, mistakes));
  if (!config.data)
    throw new RunFailure(`${start.file} names no data to train on: write \`data: {source: fashion-mnist}\`.`);
  const placed = placeNetwork(config.network);

  const passedOver: string[] = [];
  const checkpoint = await latestCheckpoint(start.folder, {
    upTo: start.storedStep,
    passedOver: (file, why) => passedOver.push(`${file} can't be used (${why})`),
  });
  if (passedOver.length > 0 && !checkpoint)
    throw new RunFailure(
      `No checkpoint of this run can be read: ${passedOver.join('; ')}. Train the file again to start over.`,
    );

  const saved = checkpoint?.state.weightFiles;
  if (saved) checkWeightFiles(placed, saved);
  const initial = checkpoint
    ? undefined
    : readInitialWeights(config, placed, { file: start.file, positions: runFile.positions });
  const weightFiles = saved ?? initial?.files;
  const network = withMoments(placed, weightFiles?.moments ?? {});

  const { batchSize } = config.train;
  // Made while the data are read. Problems of the data are reported first.
  const choosing = chooseEngine({
    backend: start.backend,
    device: start.device,
    pinned: checkpoint?.state.engine,
    network,
    batchSize,
    train: config.train,
    report: (message) => {
      link.report({ event: 'notice', run: start.run, step: start.storedStep, message });
      const signs = setInterval(() => link.alive(), SIGN_OF_LIFE_MS);
      choosing.then(
        () => clearInterval(signs),
        () => clearInterval(signs),
      );
    },
  });
  choosing.catch(() => undefined);
  try {
    const dataset = await openDataset(config.data, {
      seed: config.seed,
      input: network.input,
      classes: network.classes,
      logitsAt: logitsSource(network),
      batchSize,
      saved: checkpoint?.state.data,
      // Reading many images takes long: heartbeats show the server that this process is alive.
      onProgress: () => link.alive(),
    });
    try {
      // After the dataset, which refuses with more to say; the same look as before the run, so that both find the same.
      const facts = await inspectData(config, network);
      await runOn(dataset, choosing, {
        data: facts && surveyedData(facts.survey, config.data),
        start,
        runFile,
        config,
        network,
        checkpoint,
        stored: initial?.values,
        weightFiles,
        passedOver,
        link,
      });
    } finally {
      await dataset.close();
    }
  } finally {
    await choosing.then(
      ({ engine }) => engine.close(),
      () => undefined,
    );
  }
}

interface Prepared {
  readonly data: SurveyedData | undefined;
  readonly start: StartMessage;
  readonly runFile: RunFile;
  readonly config: RunConfig;
  readonly network: Network;
  readonly checkpoint: Checkpoint | undefined;
  /** At the start: weights from files. */
  readonly stored: ReadonlyMap<string, Float32Array> | undefined;
  readonly weightFiles: WeightFiles | undefined;
  /** Damaged checkpoints, with their problems. */
  readonly passedOver: readonly string[];
  readonly link: Link;
}

/** Train on data that has been opened. */
async function runOn(
  dataset: Dataset,
  choosing: ReturnType<typeof chooseEngine>,
  { start, runFile: { positions }, config, network, checkpoint, stored, weightFiles, passedOver, link, data }: Prepared,
): Promise<void> {
  const { batchSize } = config.train;
  const hashes = { configHash: configHash(config), dataHash: dataset.hash };
  const isOther = checkpoint && checkpoint.state.dataHash !== dataset.hash;
  if (checkpoint)
    checkFits(checkpoint, { ...hashes, changes: isOther ? await changedFiles(start.folder, dataset.files) : [] });
  checkPatience(config, dataset.trainCount / batchSize);
  if (!checkpoint) await writeFileList(start.folder, dataset.files);
  const chosen = await choosing;
  const { engine, library } = chosen;
  const inference = needsInference(config.evaluate)
    ? new Inference(network, await forwardOn(engine.backend, { threads: engine.threads, device: start.device }))
    : undefined;
  try {
    // Only after everything that can fail: this deletes what is later than the checkpoint.
    const step = checkpoint?.state.step ?? 0;
    await link.rewind(step);
    await clearAfter(start.folder, step);
    const damaged = passedOver.map((message) => `${message}; the run continues from the checkpoint of step ${step}.`);
    for (const message of [...damaged, ...dataset.notices, ...chosen.notices])
      link.report({ event: 'notice', run: start.run, step, message });
    const { backend, device, parts, threads } = engine;
    await train({
      run: start.run,
      config,
      positions,
      network,
      dataset,
      data,
      engine,
      inference,
      checkpoint,
      stored,
      pinned: {
        ...hashes,
        ...(weightFiles && { weightFiles }),
        data: dataset.saved,
        engine: { backend, device, parts, threads, library },
      },
      folder: start.folder,
      extraEpochs: start.extraEpochs,
      endedStep: start.endedStep,
      link,
      clock: systemClock,
    });
  } finally {
    await inference?.close();
  }
}

async function main(start: StartMessage, link: Link): Promise<void> {
  const runFile = readRunFile(start.text, { fileName: start.file, folder: dirname(start.file) });
  try {
    await runTraining(start, runFile, link);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    const message = placed(start.file, runFile.positions, error).replaceAll(/\bRUN\b/g, start.run);
    link.failed(message, error.stack ?? error.message, error.state);
  }
  // The channel would keep the process alive; pending messages are delivered first.
  process.disconnect();
}

if (!process.send) throw new Error('A trainer is started by the training server: use `rectiscope train FILE`.');
const link = new Link((message) => process.send?.(message));
process.on('disconnect', () => process.exit());
process.on('message', (message: ToTrainer) => {
  // An error of ours is a crash: the server restarts the run from its checkpoint, and its log has the stack.
  if (message.type === 'start') void main(message, link);
  else link.receive(message);
});
