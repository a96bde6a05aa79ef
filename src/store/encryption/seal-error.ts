/**
 * A sealed value that cannot be opened: sealed with a key that is configured no more, changed, cut short, or
 * sealed for another place. The message holds neither a key nor anything of what was sealed.
 */
export class SealError extends Error {
  override readonly name = "SealError";
  readonly code = "seal_error";
}
