/** Two runs of different length whose losses fall, as far as their curves need it. */
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import { pack } from '../../server/protocol/scalar.ts';

/** A run whose loss falls from `from` by 0.01 a step, evaluated at some steps. */
export const fallingRun = (
  steps: number,
  { from, top1 }: { from: number; top1: readonly (readonly [number, number])[] },
) => {
  const step = Float64Array.from({ length: steps }, (_, i) => i + 1);
  return {
    steps: { step: pack(step), loss: pack(step.map((at) => from - 0.01 * at)) },
    evaluations: top1.map(([at, value]) => ({ step: at, top1: value })),
  } as unknown as RunSnapshot;
};

export const longRun = fallingRun(200, {
  from: 3,
  top1: [
    [40, 50],
    [80, 40],
    [120, 30],
  ],
});

export const shortRun = fallingRun(80, {
  from: 2,
  top1: [
    [20, 60],
    [40, 45],
    [80, 44],
  ],
});
