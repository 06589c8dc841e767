/** Why a command does nothing, in words for the user; not a fault. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
