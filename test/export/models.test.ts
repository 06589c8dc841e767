/** Exported models of every kind of network, run by everything that reads them, against the interpreter in double precision. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deploymentProgram, type PixelNormalization } from '../../server/domain/step/deployment.ts';
import { evaluationProgram } from '../../server/domain/step/step.ts';
import { writeFrozenModel } from '../../server/engines/onnx/model.ts';
import { createSession, floatTensor } from '../../server/engines/onnx/session.ts';
import { loadTensorFlow, tensorFlowProblem } from '../../server/engines/tensorflow/load.ts';
import { writeFrozenSavedModel } from '../../server/engines/tensorflow/saved-model.ts';
import { distance } from '../support/engines.ts';
import { withFolder } from '../support/idx.ts';
import { interpret } from '../support/interpreter.ts';
import { allCases, feedFor, type NetworkCase } from '../support/network-cases.ts';
import { pythonWith } from '../support/python.ts';
import { count, got } from '../support/tensor.ts';

const EXAMPLES = 3;

interface Model {
  readonly name: string;
  /** [N, height, width, channels], as a user has them. */
  readonly shape: readonly number[];
  readonly images: Float32Array;
  readonly logits: Float64Array;
  readonly onnx: Uint8Array;
  readonly savedModel: Uint8Array;
}

/** A mean and a factor a channel, or a mean for every position. */
const normalizations: ((map: readonly number[]) => PixelNormalization)[] = [
  ([, , channels = 1]) => ({
    mean: Array.from({ length: channels }, (_, c) => 0.3 + 0.1 * c),
    scale: Array.from({ length: channels }, (_, c) => 3 + c),
  }),
  (map) => ({ mean: Array.from({ length: count(map) }, (_, i) => Math.sin(i) / 3) }),
  () => ({}),
];

function modelOf({ name, network }: NetworkCase, i: number): Model {
  const feed = feedFor(network, { batch: EXAMPLES, seed: i + 1 });
  const normalization = got(normalizations[i % normalizations.length], 'a normalisation')(network.input);
  const { mean, scale } = normalization;
  const normalized = feed.images.map((value, j) => {
    const at = (list: ArrayLike<number> | undefined, otherwise: number) =>
      list ? (list[(j % count(network.input)) % list.length] ?? 0) : otherwise;
    return (value - at(mean, 0)) * at(scale, 1);
  });
  const logits = interpret(evaluationProgram(network, EXAMPLES), {
    inputs: new Map([['evaluation_images', normalized]]),
    variables: feed.variables,
    fetches: ['evaluation_logits'],
  });
  const program = deploymentProgram(network, normalization);
  const values = new Map([...feed.variables].map(([key, data]) => [key, Float32Array.from(data)]));
  return {
    name,
    shape: [EXAMPLES, ...network.input],
    images: Float32Array.from(feed.images),
    logits: got(logits.get('evaluation_logits'), 'logits').data,
    onnx: writeFrozenModel(program, { values, notes: { description: `“${name}”`, metadata: { case: name } } }),
    savedModel: writeFrozenSavedModel(program, values),
  };
}

const models = allCases.map(modelOf);

const softmax = (logits: ArrayLike<number>, classes: number): number[] =>
  Array.from({ length: logits.length / classes }, (_, i) => {
    const row = Array.from({ length: classes }, (__, k) => logits[i * classes + k] ?? 0);
    const largest = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - largest));
    const total = powers.reduce((sum, value) => sum + value, 0);
    return powers.map((value) => value / total);
  }).flat();

interface Scores {
  readonly logits: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  /** Of the first image alone. */
  readonly one: ArrayLike<number>;
}

/** The 1e-5, relative; single precision leaves 1e-7 a layer, and a normalised input starts with as much. */
function assertScores({ name, logits, shape }: Model, scores: Scores): void {
  const classes = logits.length / (shape[0] ?? 1);
  const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) => {
    const error = distance(actual, expected) / Math.hypot(...Array.from(expected));
    assert.ok(error < 1e-5, `${name}: ${what} are ${error} away`);
  };
  near(scores.logits, logits, 'logits');
  near(scores.probabilities, softmax(logits, classes), 'probabilities');
  near(scores.one, logits.subarray(0, classes), 'logits of one image alone');
}

/** A folder for each model, by its number. */
const withModels = <T>(use: (folder: string) => Promise<T>) =>
  withFolder((folder) => {
    for (const [i, { onnx, savedModel, images, shape }] of models.entries()) {
      const own = join(folder, String(i).padStart(3, '0'));
      mkdirSync(join(own, 'saved'), { recursive: true });
      writeFileSync(join(own, 'model.onnx'), onnx);
      writeFileSync(join(own, 'saved', 'saved_model.pb'), savedModel);
      writeFileSync(join(own, 'images.bin'), images);
      writeFileSync(join(own, 'shape.json'), JSON.stringify(shape));
    }
    return use(folder);
  });

const byNumber = <T>(results: unknown): T[] => Object.values(results as Record<string, T>);

describe('an exported ONNX model', () => {
  it('gives our scores in onnxruntime for Node, for any number of images', async () => {
    for (const model of models) {
      const session = await createSession(model.onnx, { threads: 1, keepsMemory: true });
      const run = async (examples: number) =>
        session.run({
          images: floatTensor(model.images.subarray(0, (model.images.length / EXAMPLES) * examples), [
            examples,
            ...model.shape.slice(1),
          ]),
        });
      const [all, one] = [await run(EXAMPLES), await run(1)];
      const data = (from: typeof all, name: string) => got(from[name], name).data as Float32Array;
      assertScores(model, {
        logits: data(all, 'logits'),
        probabilities: data(all, 'probabilities'),
        one: data(one, 'logits'),
      });
      await session.release();
    }
  });

  const python = pythonWith('numpy', 'onnx', 'onnxruntime');
  it('passes onnx.checker and gives our scores in onnxruntime for Python', { skip: python.skip }, () =>
    withModels(async (folder) => {
      type Result = Scores & { inputs: unknown; outputs: unknown; metadata: unknown; description: string };
      const results = byNumber<Result>(await python.run('run_onnx', folder));
      assert.equal(results.length, models.length);
      for (const [i, result] of results.entries()) {
        const model = got(models[i], 'a model');
        assertScores(model, result);
        assert.deepEqual(result.inputs, [['images', ['N', ...model.shape.slice(1)]]]);
        const classes = model.logits.length / EXAMPLES;
        assert.deepEqual(result.outputs, [
          ['logits', ['N', classes]],
          ['probabilities', ['N', classes]],
        ]);
        assert.deepEqual(result.metadata, { case: model.name });
        assert.equal(result.description, `“${model.name}”`);
      }
    }),
  );
});

const problem = await tensorFlowProblem();

describe('an exported SavedModel', () => {
  const skip = problem === undefined ? false : `NOT TESTED on TensorFlow. ${problem}`;
  it('gives our scores in TensorFlow’s C library, for any number of images', { skip }, async () => {
    const { tfjs: library } = await loadTensorFlow({ threadsPerPart: 1, device: 'cpu' });
    await withModels(async (folder) => {
      for (const [i, model] of models.entries()) {
        const session = library.loadSavedModel(join(folder, String(i).padStart(3, '0'), 'saved'), 'serve');
        const run = (examples: number, fetches: string) => {
          const images = model.images.slice(0, (model.images.length / EXAMPLES) * examples);
          const fed = library.createTensor([examples, ...model.shape.slice(1)], library.TF_FLOAT, images);
          const outputs = library.runSavedModel(session, [fed], 'images:0', fetches);
          const results = outputs.map(({ id }) => library.tensorDataSync(id) as Float32Array);
          for (const id of [fed, ...outputs.map((output) => output.id)]) library.deleteTensor(id);
          return results;
        };
        const [logits, probabilities] = run(EXAMPLES, 'logits:0,probabilities:0');
        const [one] = run(1, 'logits:0');
        assertScores(model, {
          logits: got(logits, 'logits'),
          probabilities: got(probabilities, 'probabilities'),
          one: got(one, 'logits'),
        });
        library.deleteSavedModel(session);
      }
    });
  });

  const python = pythonWith('numpy', 'tensorflow');
  it('gives our scores by its signature in TensorFlow for Python', { skip: python.skip }, () =>
    withModels(async (folder) => {
      const results = byNumber<Scores>(await python.run('run_saved_model', folder));
      assert.equal(results.length, models.length);
      for (const [i, result] of results.entries()) assertScores(got(models[i], 'a model'), result);
    }),
  );
});
