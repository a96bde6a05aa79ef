import type { ProblemCode } from "../calls/messages.ts";
import type { ReturnTarget } from "../connections/oauth-state.ts";
import type { RedactedError } from "../runtime/redact-error.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { ResponseDeadline } from "./deadline.ts";
import type { ProblemLink } from "./problem-links.ts";
import type { CurrentUser } from "./require-session.ts";

declare global {
  namespace Express {
    /** What one middleware leaves for the next ones, the route, and the log line at the end. */
    interface Locals {
      /** Also in the response's `X-Request-Id` and in the log line; set by `requestLog`. */
      requestId?: string;
      /** The deadline of the request's work, and what it has used; set by `deadline`. */
      context?: RequestContext;
      /** By when the response must be ready; set by `deadline`. */
      responseDeadline?: ResponseDeadline;
      /** The firm of the API key, session, click or webhook. */
      firmId?: string;
      /** Set by `requireSession`. */
      currentUser?: CurrentUser;
      /** Where to return to after signing in; by default the requested path. */
      returnTarget?: ReturnTarget;
      /** Whether the route answers with HTML: errors are pages, and whoever isn't signed in is sent to `/connect`. */
      isPage?: boolean;
      /** Whether errors are pages although the route answers with data; set by `dataResponse`. */
      hasErrorPages?: boolean;
      /** On an error page, where to try again, if that isn't the address itself. */
      retryLink?: ProblemLink;
      /** On an error page, the record in Clio that the request is about. */
      recordLink?: ProblemLink;
      /** The code of the error in the response. */
      problemCode?: ProblemCode;
      /** The cause of an internal error. */
      fault?: RedactedError;
    }
  }
}
