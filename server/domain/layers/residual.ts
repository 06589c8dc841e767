import { z } from 'zod';
import { documented, whole } from '../settings/fields.ts';
import type { BranchLayer, CompositeKind } from './layer-kind.ts';
import { named } from './named-settings.ts';

const settings = {
  shortcut: documented(z.enum(['identity', 'projection']), {
    description:
      'The shortcut around the branch. `identity`: its input unchanged, for a branch that keeps the shape. `projection`: a 1×1 convolution to the branch’s channels and stride.',
    default: 'identity',
  }).optional(),
  repeat: whole(
    { min: 1, max: 1000 },
    { description: 'How many such blocks follow each other.', unit: 'blocks', default: 1 },
  ).optional(),
};

interface Settings {
  readonly shortcut?: 'identity' | 'projection';
}

/** The output channels of a branch, and the product of its strides. */
function extentOf(branch: readonly BranchLayer[]): { filters: number | undefined; stride: number } {
  const own = branch.map((layer) => layer.own as { filters?: number; stride?: number });
  return {
    filters: own.findLast(({ filters }) => filters !== undefined)?.filters,
    stride: own.reduce((product, { stride = 1 }) => product * stride, 1),
  };
}

/** x + F(x): a branch of layers and a shortcut around it (He et al., "Deep Residual Learning", 2015, equations 1 and 2). */
export const residual: CompositeKind = {
  type: 'residual',
  written: {
    description:
      'A branch of layers and a shortcut around it; both are added. The branch’s last weighted layer has no rectifier.',
    settings,
    beside: named,
    prefix: 'sum',
    alsoCalled: ['shortcut', 'skip', 'block'],
  },
  branch: 'layers',
  join({ shortcut = 'identity' }: Settings, branch) {
    const { filters, stride } = extentOf(branch);
    const projection = { conv: { filters, kernel: 1, stride, activation: 'none' } };
    return { shortcut: shortcut === 'projection' && filters !== undefined ? [projection] : [], sum: {} };
  },
};
