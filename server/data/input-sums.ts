import type { InputStatistics } from '../domain/propagation/input-statistics.ts';

/** Sums over images as the network gets them, for the statistics that rules and predictions ask for. */
export class InputSums {
  #images = 0;
  #values = 0;
  #sum = 0;
  #squares = 0;
  #squaredMeans = 0;

  add(image: Float32Array): void {
    let own = 0;
    let squares = this.#squares;
    for (const value of image) {
      own += value;
      squares += value * value;
    }
    this.#squares = squares;
    this.#images++;
    this.#values += image.length;
    this.#sum += own;
    this.#squaredMeans += (own / image.length) ** 2;
  }

  get statistics(): InputStatistics {
    const mean = this.#sum / this.#values;
    const meanSquare = this.#squares / this.#values;
    return {
      mean,
      meanSquare,
      deviation: Math.sqrt(Math.max(0, meanSquare - mean * mean)),
      correlation: meanSquare > 0 ? this.#squaredMeans / this.#images / meanSquare : 0,
    };
  }
}
