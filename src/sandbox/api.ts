import { type NextFunction, type Request, type Response, Router } from "express";
import { bearerToken } from "./bearer-token.ts";
import { ClioError, forbidden, recordNotFound, unauthorized } from "./clio-error.ts";
import { contacts } from "./contacts.ts";
import type { ApiResponse } from "./endpoint.ts";
import type { Permission } from "./firm.ts";
import type { Grants } from "./grants.ts";
import { matters } from "./matters.ts";
import type { RateLimit } from "./rate-limit.ts";
import { users } from "./users.ts";
import type { Viewer } from "./viewer.ts";

/** What the API needs of the sandbox. */
export interface ApiServices {
  readonly grants: Grants;
  readonly rateLimit: RateLimit;
  readonly viewerOf: (userId: number) => Viewer | undefined;
}

/** Clio Manage API v4: the token first, then the rate limit, then the permission, then the resource. */
export function api(services: ApiServices): Router {
  const router = Router();
  router.use((request, response, next) => {
    response.setHeader("X-API-VERSION", "4.0.9");
    request.url = request.url.replace(/\.json(?=\?|$)/, "");
    next();
  });
  router.use((request: Request, response: ApiResponse, next: NextFunction) => {
    const token = services.grants.find(bearerToken(request));
    const viewer = token && services.viewerOf(token.grant.userId);
    services.rateLimit.count(token, response);
    if (!viewer) throw unauthorized();
    response.locals.viewer = viewer;
    next();
  });
  router.use("/contacts", needs("contacts"));
  router.use("/matters", needs("matters"));
  router.use("/users", needs("users"));
  router.use(contacts(), matters(), users());
  router.use(() => {
    throw recordNotFound();
  });
  router.use(answerError);
  return router;
}

function needs(permission: Permission) {
  return (_request: Request, response: ApiResponse, next: NextFunction) => {
    if (!response.locals.viewer.may(permission)) throw forbidden(permission);
    next();
  };
}

function answerError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const known =
    error instanceof ClioError ? error : new ClioError(500, "InternalServerError", "Something went wrong.");
  response.status(known.status).json(known);
}
