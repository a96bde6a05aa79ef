/** No connection to the database. The message names only host and port, because the URL contains a password. */
export class DatabaseConnectionError extends Error {
  override readonly name = "DatabaseConnectionError";
  readonly code = "database_refused";

  constructor(url: string, cause: unknown) {
    const { hostname, port, searchParams } = new URL(url);
    const host = searchParams.get("host") ?? decodeURIComponent(hostname);
    const address = `${host}:${searchParams.get("port") ?? (port || 5432)}`;
    super(`cannot connect to the database at ${address}: ${describeCause(cause)}`, { cause });
  }
}

function describeCause(error: unknown): string {
  // A host name with several addresses: each has its own error, and the aggregate has no message.
  if (error instanceof AggregateError) return error.errors.map(describeCause).join(", ");
  if (isTlsUnsupported(error)) return "the server doesn't support TLS, which sslmode requires";
  if (!(error instanceof Error)) return String(error);
  return error.message === "timeout expired" ? "the server doesn't answer" : error.message;
}

/** Whether `pg` gave up because the server doesn't offer TLS. */
export function isTlsUnsupported(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/i.test(error.message);
}
