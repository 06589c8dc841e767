/** An export that cannot be made, for a reason that the user can mend: the message says what to do. */
export class ExportRefusal extends Error {
  override readonly name = 'ExportRefusal';
}
