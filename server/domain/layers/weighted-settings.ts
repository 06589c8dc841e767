/** The settings that convolutions and dense layers share: activation, initialisation, bias, how many of them. */
import { z } from 'zod';
import { documented, expectations, real, whole } from '../settings/fields.ts';
import { named } from './named-settings.ts';

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
          slope: slope('Initial value of the learned slope of the negative part.', 0.25).optional(),
        }),
        { description: 'Learned slope of the negative part, without weight decay.' },
      ),
    }),
  ]),
  {
    description:
      'Rectifier after the layer, f(y) = max(0, y) + a·min(0, y). `relu`: a = 0. `leaky_relu`: a is small and fixed. `prelu`: a is learned. `none`: linear. The network’s setting applies to every layer but the last.',
    default: 'relu',
  },
).register(expectations, {
  expected: '`relu`, `none`, `{leaky_relu: 0.01}` or `{prelu: {share: channel, slope: 0.25}}`',
});

const mode = (rule: string) =>
  documented(z.enum(['fan_in', 'fan_out']), {
    description: `Which fan ${rule} uses: fan_in keeps the signal’s variance, fan_out the gradient’s.`,
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
        { description: 'Standard deviation of the weights, for every layer size.', unit: 'weight' },
      ),
    }),
    z.strictObject({
      from: documented(z.string().min(1), {
        description:
          'A safetensors file, relative to the run file, such as `rectiscope export RUN --weights` writes: `conv1.weight` [kernel, kernel, in, out], `dense1.weight` [in, out]; also `.bias` and `.slope` if it has them.',
      }),
    }),
  ]),
  {
    description:
      'How weights are drawn; biases start at 0. `he`: standard deviation √(2 / ((1 + a²)·fan)), where a is the slope of the layer’s rectifier. `xavier`: √(1 / fan), right for a linear layer and too small after a rectifier. `{gaussian: σ}`: the same for every layer. `{from: weights.safetensors}`: taken from a file, by the layers’ names.',
    default: 'he',
  },
).register(expectations, {
  expected: '`he`, `xavier`, `{he: fan_out}`, `{xavier: fan_out}`, `{gaussian: 0.01}` or `{from: weights.safetensors}`',
});

const bias = documented(z.boolean(), {
  description: 'Whether a learned bias is added; it starts at 0.',
  default: true,
});

const repeat = whole(
  { min: 1, max: 1000 },
  { description: 'How many such layers follow each other.', unit: 'layers', default: 1 },
);

/** Settings of every layer with weights, within the braces or beside the kind. */
export const weighted = {
  ...named,
  activation: activationSchema.optional(),
  init: initSchema.optional(),
  bias: bias.optional(),
  repeat: repeat.optional(),
};

export type ActivationInput = z.infer<typeof activationSchema>;
export type InitInput = z.infer<typeof initSchema>;
