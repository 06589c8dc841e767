/** An export that can't be made, for a reason that the user can resolve: the message says what to do. */
export class ExportRefusal extends Error {
  override readonly name = 'ExportRefusal';
}
