/** One request to Clio's API and what came back, as both stood on the wire. */
export interface Exchange {
  readonly method: string;
  /** With the query string: `/api/v4/contacts.json?query=2171`. */
  readonly path: string;
  /** The request's body, parsed; undefined where there was none. */
  readonly sent: unknown;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** How a problem names the exchange it was found in. */
export function nameOf({ method, path, status }: Exchange): string {
  return `${method} ${decodeURIComponent(path)} → ${status}`;
}
