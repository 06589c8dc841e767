/** What a person would see who looked through the images of a run before training: plain data. */
import type { AugmentConfig, DataConfig } from '../config.ts';
import type { ColorPair } from './color.ts';
import type { AllCopies } from './copies.ts';
import type { DetailLeft } from './detail.ts';
import type { LabelFault } from './label-range.ts';
import type { Neighbours } from './neighbours.ts';
import type { BatchOrder } from './order.ts';
import type { PreparationDifference } from './preparation.ts';

/** Images of one colour. */
export interface Constant {
  readonly images: number;
  readonly looked: number;
  /** Those of them whose transparency varies. */
  readonly transparent: number;
  /** Their mean colour, in the unit of the images: 0 to 1 where the files hold bytes. */
  readonly level: number;
  /** All have the same one. */
  readonly alike: boolean;
  readonly examples: readonly string[];
}

/** Pixels that are no numbers. */
export interface NotFinite {
  readonly values: number;
  readonly images: number;
  /** Images of which all values were read. */
  readonly looked: number;
  readonly examples: readonly string[];
}

/** Facts of a sample of the images, and of all labels. */
export interface Survey {
  /** Images that were looked at, of those that the run uses. */
  readonly looked: { readonly train: number; readonly val: number };
  readonly counts: { readonly train: number; readonly val: number };
  readonly classes: readonly string[];
  /** Absent where examples are shuffled. */
  readonly order?: BatchOrder;
  /** `where` names the first example that shows it. */
  readonly labelFault?: LabelFault & { readonly where: string };
  readonly copies: AllCopies;
  readonly constant: Constant;
  readonly notFinite: NotFinite;
  readonly neighbours?: Neighbours;
  readonly preparation?: PreparationDifference;
  readonly detail?: DetailLeft;
  readonly color?: ColorPair;
}

/** What rules get: the survey, and what the run does with the images. */
export interface SurveyedData extends Survey {
  readonly augment: AugmentConfig;
}

export const surveyedData = (survey: Survey, { augment }: Pick<DataConfig, 'augment'>): SurveyedData => ({
  ...survey,
  augment,
});
