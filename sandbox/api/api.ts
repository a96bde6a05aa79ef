import { type NextFunction, type Request, type Response, Router } from "express";
import type { Permission } from "../firms/firm.ts";
import type { Viewers } from "../firms/viewers.ts";
import { bearerToken } from "../oauth/bearer-token.ts";
import type { Grants } from "../oauth/grants.ts";
import type { RateLimit } from "../rate-limit.ts";
import { activities } from "./activities.ts";
import type { ClickNonces } from "./click-nonces.ts";
import { ClioError, forbidden, nonceRefused, recordNotFound, unauthorized } from "./clio-error.ts";
import { contacts } from "./contacts.ts";
import type { CustomActions } from "./custom-actions.ts";
import { customActionsApi } from "./custom-actions-api.ts";
import { documents } from "./documents.ts";
import { type ApiResponse, parametersOf } from "./endpoint.ts";
import { matters } from "./matters.ts";
import { users } from "./users.ts";
import type { Webhooks } from "./webhooks.ts";
import { webhooksApi } from "./webhooks-api.ts";

/** What the API needs of the sandbox. */
export interface ApiServices {
  readonly grants: Grants;
  readonly rateLimit: RateLimit;
  readonly customActions: CustomActions;
  readonly nonces: ClickNonces;
  readonly viewers: Viewers;
  readonly webhooks: Webhooks;
}

/**
 * Clio Manage API v4: the token first, then the rate limit, then the nonce of a custom action where there is
 * one, then the permission, then the resource. A nonce is used up as soon as it is looked at.
 */
export function api(services: ApiServices): Router {
  const router = Router();
  router.use((request, response, next) => {
    response.setHeader("X-API-VERSION", "4.0.9");
    request.url = request.url.replace(/\.json(?=\?|$)/, "");
    next();
  });
  router.use((request: Request, response: ApiResponse, next: NextFunction) => {
    const token = services.grants.find(bearerToken(request));
    const viewer = token && services.viewers.get(token.grant.userId);
    services.rateLimit.count(token, response);
    if (!viewer) throw unauthorized();
    response.locals.viewer = viewer;
    next();
  });
  router.use((request: Request, response: ApiResponse, next: NextFunction) => {
    const [nonce, ...more] = parametersOf(request).all("custom_action_nonce");
    if (nonce !== undefined) {
      const proven = services.nonces.redeem(nonce, response.locals.viewer.user.id);
      if (!proven || more.length > 0) throw nonceRefused();
    }
    next();
  });
  router.use("/contacts", needs("contacts"));
  router.use("/matters", needs("matters"));
  router.use("/users", needs("users"));
  router.use("/activities", needs("activities"));
  router.use(["/documents", "/folders"], needs("documents"));
  router.use("/custom_actions", needs("custom_actions"));
  router.use("/webhooks", needs("webhooks"));
  router.use(contacts(), matters(), users(), activities(), documents());
  router.use(customActionsApi(services.customActions), webhooksApi(services.webhooks));
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
