/** A request to Clio's API and its response. */
export interface Exchange {
  readonly method: string;
  /** With the query string: `/api/v4/contacts.json?query=2171`. */
  readonly path: string;
  /** The request's parsed JSON body; undefined without one. */
  readonly sent: unknown;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** A label for messages about the exchange. */
export function describeExchange({ method, path, status }: Exchange): string {
  return `${method} ${decodeURIComponent(path)} → ${status}`;
}
