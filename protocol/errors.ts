/** Errors that are thrown: what a caller does not branch on. They name neither secrets nor identifiers. */

/** A primitive was given something that its caller should have made impossible. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
}
