import { z } from 'zod';
import { documented, duration, expectations, real, whole } from '../domain/settings/fields.ts';

const factor = real(
  { above: 0, max: 1000 },
  { description: 'The learning rate is multiplied by this.', unit: 'factor' },
);

const stepSchema = documented(
  z.strictObject({
    at: documented(
      z
        .array(duration({ description: 'When the rate changes.', unit: 'epochs' }))
        .min(1)
        .max(100),
      {
        description: 'When the rate changes, from the start of the run: epochs, or texts such as `500 steps`.',
        unit: 'epochs',
      },
    ),
    factor,
  }),
  { description: 'The rate is multiplied by `factor` at each of the times.' },
);

const plateauSchema = documented(
  z.strictObject({
    factor: real({ above: 0, below: 1 }, { description: 'The learning rate is multiplied by this.', unit: 'factor' }),
    patience: duration({
      description: 'How long the lowest top-1 error may stay the same before the rate drops.',
      unit: 'epochs',
    }),
  }),
  { description: 'The rate is multiplied by `factor` when the validation error stops falling.' },
);

const afterWarmup = documented(
  z.union([z.enum(['constant']), z.strictObject({ step: stepSchema }), z.strictObject({ plateau: plateauSchema })]),
  { description: 'The schedule after the warm-up.', default: 'constant' },
).register(expectations, { expected: '`constant`, `{step: {at: [30, 60], factor: 0.1}}` or `{plateau: …}`' });

const scheduleSchema = documented(
  z.union([
    z.enum(['constant']),
    z.strictObject({ step: stepSchema }),
    z.strictObject({ plateau: plateauSchema }),
    z.strictObject({
      warmup: duration({ description: 'How long the rate rises from 0 in a straight line.', unit: 'epochs' }),
      // biome-ignore lint/suspicious/noThenProperty: the contract's name for the key; nothing awaits a schema.
      then: afterWarmup.optional(),
    }),
  ]),
  { description: 'How the learning rate changes during a run.', default: 'constant' },
).register(expectations, {
  expected:
    '`constant`, `{step: {at: [30, 60], factor: 0.1}}`, `{warmup: 5, then: constant}` or `{plateau: {factor: 0.1, patience: 5}}`',
});

/** A name or an IPv4 address, and a port; the port's range is checked with the other conflicts. */
const workerAddress = documented(
  z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?:[1-9][0-9]{0,4}$/),
  { description: 'A machine that runs `rectiscope worker`.' },
).register(expectations, { expected: '`host:port`, such as `127.0.0.1:7001`' });

/** The section `train`. */
export const trainSchema = documented(
  z.strictObject({
    batch_size: whole(
      { min: 1, max: 1_000_000 },
      { description: 'Examples of one weight update.', unit: 'examples', default: 64 },
    ).optional(),
    epochs: real(
      { above: 0, max: 1_000_000 },
      { description: 'Length of the run, instead of `steps`.', unit: 'passes over the training set', default: 10 },
    ).optional(),
    steps: whole(
      { min: 1, max: 1_000_000_000 },
      { description: 'Length of the run, instead of `epochs`.', unit: 'weight updates' },
    ).optional(),
    learning_rate: real(
      { above: 0, max: 1000 },
      {
        description: 'Learning rate ε of v ← μv − ε(g + λw), w ← w + v, before the schedule.',
        unit: 'weight change per gradient',
        default: 0.01,
      },
    ).optional(),
    schedule: scheduleSchema.optional(),
    momentum: real(
      { min: 0, below: 1 },
      {
        description: 'Momentum μ: the share of the last update that is kept.',
        unit: 'share from 0 to 1',
        default: 0.9,
      },
    ).optional(),
    weight_decay: real(
      { min: 0, max: 1000 },
      {
        description: 'λ of the decay term ½λ‖w‖², on weights; never on PReLU slopes.',
        unit: 'gradient per weight',
        default: 0.0005,
      },
    ).optional(),
    replicas: whole(
      { min: 1, max: 1024 },
      {
        description:
          'Data-parallel copies that share a batch; the result is the same to rounding. Absent: one per core, of 8 examples or more. Copies beyond the number of cores take turns.',
        unit: 'copies',
      },
    ).optional(),
    workers: documented(z.array(workerAddress).max(64), {
      description:
        '`host:port` of machines that run `rectiscope worker --listen HOST:PORT` (docs/workers.md). They share each batch; the result is the same to rounding. Empty: this machine.',
      default: [],
    }).optional(),
  }),
  { description: 'How the weights are learned.' },
);
