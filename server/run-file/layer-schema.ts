import { z } from 'zod';
import { documented, expectations, real, whole } from './fields.ts';

/** Layers of all kinds, their activation and initialisation, as a run file writes them. */

/** The key that says what an entry of `network.layers` is. */
export const layerKinds = ['conv', 'dense', 'max_pool', 'average_pool', 'spp', 'global_average_pool'] as const;

const slope = (description: string, start: number) =>
  real({ min: -10, max: 10 }, { description, default: start, unit: 'output per input' });

export const activationSchema = documented(
  z.union([
    z.enum(['relu', 'none', 'leaky_relu', 'prelu']),
    z.strictObject({ leaky_relu: slope('Fixed slope of the negative part.', 0.01) }),
    z.strictObject({
      prelu: documented(
        z.strictObject({
          share: documented(z.enum(['channel', 'layer']), {
            description: 'Which units share a learned slope: those of a channel, or all of the layer.',
            default: 'channel',
          }).optional(),
          slope: slope('Where the learned slope of the negative part starts.', 0.25).optional(),
        }),
        { description: 'Learned slope of the negative part, without weight decay.' },
      ),
    }),
  ]),
  {
    description:
      'Rectifier after the layer, f(y) = max(0, y) + a·min(0, y). `relu`: a = 0. `leaky_relu`: a small and fixed. `prelu`: a is learned. `none`: linear. The network’s holds for every layer but the last.',
    default: 'relu',
  },
).register(expectations, {
  expected: '`relu`, `none`, `{leaky_relu: 0.01}` or `{prelu: {share: channel, slope: 0.25}}`',
});

const mode = (rule: string) =>
  documented(z.enum(['fan_in', 'fan_out']), {
    description: `Which side of the layer ${rule} counts: fan_in keeps the signal’s variance, fan_out the gradient’s.`,
    default: 'fan_in',
  });

export const initSchema = documented(
  z.union([
    z.enum(['he', 'xavier']),
    z.strictObject({ he: mode('He’s rule') }),
    z.strictObject({ xavier: mode('Xavier’s rule') }),
    z.strictObject({
      gaussian: real(
        { above: 0, max: 1e6 },
        { description: 'Standard deviation of the weights, whatever the layer’s size.', unit: 'weight' },
      ),
    }),
    z.strictObject({
      from: documented(z.string().min(1), {
        description:
          'A safetensors file, relative to the run file, such as `rectiscope export RUN --weights` writes: `conv1.weight` [kernel, kernel, in, out], `dense1.weight` [in, out]; `.bias` and `.slope` too where it has them.',
      }),
    }),
  ]),
  {
    description:
      'How weights are drawn; biases start at 0. `he`: standard deviation √(2 / ((1 + a²)·fan)), where a is the slope of the layer’s own rectifier. `xavier`: √(1 / fan), right for a linear layer and too small behind a rectifier. `{gaussian: σ}`: the same for every layer. `{from: weights.safetensors}`: taken from a file, by the layers’ names.',
    default: 'he',
  },
).register(expectations, {
  expected: '`he`, `xavier`, `{he: fan_out}`, `{xavier: fan_out}`, `{gaussian: 0.01}` or `{from: weights.safetensors}`',
});

/** Layer names become names in weight files and graphs. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Whether a text can be a layer's name. */
export const isLayerName = (text: string): boolean => namePattern.test(text);

const name = documented(z.string().regex(namePattern), {
  description: 'The layer’s name in charts, findings and weight files. Default: its kind and number, such as `conv3`.',
}).register(expectations, { expected: 'a name of letters, digits, `_`, `-` and `.`, at most 64 long' });

const bias = documented(z.boolean(), {
  description: 'Whether a learned bias is added; it starts at 0.',
  default: true,
});

const repeat = whole(
  { min: 1, max: 1000 },
  { description: 'How many such layers follow each other.', unit: 'layers', default: 1 },
);

const padding = documented(z.enum(['same', 'valid']), {
  description: '`same`: zeros around the map, so that ⌈size / stride⌉ remains. `valid`: no zeros, the map shrinks.',
  default: 'same',
});

const dropout = real(
  { min: 0, below: 1 },
  {
    description: 'Share of the layer’s outputs set to zero in training; the rest is scaled by 1 / (1 − p).',
    unit: 'share from 0 to 1',
    default: 0,
  },
);

const named = { name: name.optional() };
const weighted = {
  ...named,
  activation: activationSchema.optional(),
  init: initSchema.optional(),
  bias: bias.optional(),
  repeat: repeat.optional(),
};
const convBeside = { ...weighted, padding: padding.optional() };
const denseBeside = { ...weighted, dropout: dropout.optional() };

const pixels = (description: string, preset?: number) =>
  whole({ min: 1, max: 4096 }, { description, unit: 'pixels', ...(preset ? { default: preset } : {}) });

const convSchema = documented(
  z.strictObject({
    filters: whole(
      { min: 1, max: 65_536 },
      { description: 'Filters of the layer: channels of its output.', unit: 'channels' },
    ),
    kernel: pixels('Side of the square kernel.'),
    stride: pixels('Step from one window to the next.', 1).optional(),
    ...convBeside,
  }),
  { description: 'Convolution over square windows, with bias and rectifier.' },
);

const denseSchema = documented(
  z.strictObject({
    units: whole(
      { min: 1, max: 1_000_000 },
      { description: 'Outputs of the layer. The last layer’s are the logits.', unit: 'units' },
    ),
    ...denseBeside,
  }),
  { description: 'Fully connected layer over the whole map, with bias and rectifier. The last one gives the logits.' },
);

const poolSchema = (what: string) =>
  documented(
    z.strictObject({
      size: pixels('Side of the square window.'),
      stride: documented(pixels('Step from one window to the next.').optional(), {
        description: 'Step from one window to the next. Default: the size.',
        unit: 'pixels',
      }),
      ...named,
    }),
    { description: `${what} of each channel over square windows without padding; an incomplete window is dropped.` },
  );

const binsList = documented(
  z
    .array(whole({ min: 1, max: 256 }, { description: 'Bins a side of one level.', unit: 'bins' }))
    .min(1)
    .max(16),
  { description: 'Bins a side of each level of the pyramid.', unit: 'bins' },
).register(expectations, { expected: 'a list of bins a side, such as `[7, 3, 2, 1]`' });

const sppSchema = documented(z.union([binsList, z.strictObject({ bins: binsList, ...named })]), {
  description:
    'Spatial pyramid pooling: a level of n has n × n max-pooled bins, so any map gives a vector of one length.',
}).register(expectations, { expected: 'a list of bins a side, such as `[7, 3, 2, 1]`' });

const globalSchema = documented(z.strictObject(named), { description: 'The mean of each channel over the whole map.' });

/** One entry of `network.layers`: its kind with its settings, and beside it what belongs to any layer. */
export const layerSchema = z
  .union([
    z.enum(['global_average_pool']),
    z.strictObject({ conv: convSchema, ...convBeside }),
    z.strictObject({ dense: denseSchema, ...denseBeside }),
    z.strictObject({ max_pool: poolSchema('Maximum'), ...named }),
    z.strictObject({ average_pool: poolSchema('Mean'), ...named }),
    z.strictObject({ spp: sppSchema, ...named }),
    z.strictObject({ global_average_pool: globalSchema, ...named }),
  ])
  .register(expectations, {
    expected:
      'a layer: `conv`, `dense`, `max_pool`, `average_pool`, `spp` or `global_average_pool`, such as `conv: {filters: 16, kernel: 3}`',
  });

export type ActivationInput = z.infer<typeof activationSchema>;
export type InitInput = z.infer<typeof initSchema>;
export type LayerInput = z.infer<typeof layerSchema>;
