/** The images as the network gets them, after `normalize`. */
export interface InputStatistics {
  readonly mean: number;
  readonly deviation: number;
  readonly meanSquare: number;
  /** (mean of an image)², averaged, over the mean square: the correlation of the pixels of one image. */
  readonly correlation: number;
}
