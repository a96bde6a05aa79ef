/**
 * An encrypted value can't be decrypted: its key isn't configured anymore, it was changed or cut short, or it was copied here
 * from another place. The message contains neither a key nor any of the content.
 */
export class SealError extends Error {
  override readonly name: string = "SealError";
  readonly code = "seal_error";
}

/** The data key of a mirror is gone: it was destroyed, or PostgreSQL lost it in a crash. */
export class MissingKeyError extends SealError {
  override readonly name = "MissingKeyError";
}
