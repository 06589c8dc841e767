/** Fixes of a number: each only in the direction in which it helps, and never to the value in force. */
import type { TrainConfig } from '../config.ts';
import { rounded } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { ProposedFix } from './rule.ts';

export const RATE = inRunFile('train', 'learning_rate');
export const DECAY = inRunFile('train', 'weight_decay');

/** The paper’s weight decay (section 3). */
const USUAL_DECAY = 0.0005;

const oneDigit = (rate: number): number => rounded(rate, 1);

/** Another learning rate, to one digit. */
export const fixRate = (rate: number): ProposedFix => ({
  title: `Set learning_rate: ${oneDigit(rate)}`,
  changes: [{ kind: 'set', at: RATE, value: String(oneDigit(rate)) }],
});

/** A lower learning rate; nothing where that would not be lower. */
export const lowerRate = ({ learningRate }: TrainConfig, rate: number): ProposedFix | undefined =>
  oneDigit(rate) < learningRate && rate > 0 ? fixRate(rate) : undefined;

/** A higher learning rate; nothing where that would not be higher. */
export const raiseRate = ({ learningRate }: TrainConfig, rate: number): ProposedFix | undefined =>
  oneDigit(rate) > learningRate && Number.isFinite(rate) ? fixRate(rate) : undefined;

/** A tenth of a rate that is too high; a rate beyond all reason goes to one that some networks bear, in one step. */
export const fixTooHigh = (train: TrainConfig): ProposedFix | undefined =>
  lowerRate(train, Math.min(train.learningRate / 10, 0.1));

/** The paper’s weight decay; nothing where no more than that is in force. */
export const lowerDecay = ({ weightDecay }: TrainConfig): ProposedFix | undefined =>
  weightDecay > USUAL_DECAY
    ? {
        title: `Set weight_decay: ${USUAL_DECAY}, as in the paper`,
        changes: [{ kind: 'set', at: DECAY, value: String(USUAL_DECAY) }],
      }
    : undefined;
