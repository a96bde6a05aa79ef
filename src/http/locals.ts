import type { RedactedError } from "../runtime/redact-error.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Visitor } from "./require-session.ts";

declare global {
  namespace Express {
    /** What the steps of one request leave for the next ones, and for the log line at its end. */
    interface Locals {
      /** What the request may spend; set for everything that may ask Clio. */
      context?: RequestContext;
      /** By when something has to be answered, on the monotonic clock, in milliseconds; set beside the context. */
      due?: number;
      /** The firm whose key or session came with the request. */
      firmId?: string;
      /** Who is signed in. */
      visitor?: Visitor;
      /** Whether a person reads the answer in a browser. */
      isPage?: boolean;
      /** The code of the error that was answered. */
      code?: string;
      /** Where a fault of ours came from. */
      fault?: RedactedError;
    }
  }
}
