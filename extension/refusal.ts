/** The reason why a command does nothing, worded for the user; not a fault. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
