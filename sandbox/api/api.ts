import { type NextFunction, type Request, type Response, Router } from "express";
import type { Permission } from "../firms/firm.ts";
import type { FirmChanges } from "../firms/firm-changes.ts";
import type { ViewerLookup } from "../firms/viewer-lookup.ts";
import { bearerToken } from "../oauth/bearer-token.ts";
import type { Grants } from "../oauth/grants.ts";
import type { RateLimit } from "../rate-limit.ts";
import { ClioError, forbidden, invalidNonce, recordNotFound, unauthorized } from "./clio-error.ts";
import type { CustomActionNonces } from "./custom-actions/custom-action-nonces.ts";
import type { CustomActions } from "./custom-actions/custom-actions.ts";
import { type ApiResponse, parametersOf } from "./endpoint.ts";
import { activities } from "./resources/activities.ts";
import { calendarEntries } from "./resources/calendar-entries.ts";
import { calendars } from "./resources/calendars.ts";
import { communications } from "./resources/communications.ts";
import { contacts } from "./resources/contacts.ts";
import { customActionsResource } from "./resources/custom-actions.ts";
import { documents } from "./resources/documents.ts";
import { matters } from "./resources/matters.ts";
import { relationships } from "./resources/relationships.ts";
import { tasks } from "./resources/tasks.ts";
import { users } from "./resources/users.ts";
import { webhooksResource } from "./resources/webhooks.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";

/** The parts of the sandbox that the API uses. */
export interface ApiServices {
  readonly grants: Grants;
  readonly rateLimit: RateLimit;
  readonly customActions: CustomActions;
  readonly nonces: CustomActionNonces;
  readonly viewers: ViewerLookup;
  readonly webhooks: Webhooks;
  readonly changesOf: (accountId: number) => FirmChanges;
  readonly now: () => number;
}

/**
 * Clio Manage API v4. It checks the token, the rate limit, a custom action's nonce if there is one, and the permission,
 * in this order. Checking a nonce uses it up.
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
    const [nonce, ...extra] = parametersOf(request).all("custom_action_nonce");
    if (nonce !== undefined) {
      const isValid = services.nonces.redeem(nonce, response.locals.viewer.user.id);
      if (!isValid || extra.length > 0) throw invalidNonce();
    }
    next();
  });
  router.use("/contacts", requirePermission("contacts"));
  router.use("/matters", requirePermission("matters"));
  router.use("/users", requirePermission("users"));
  router.use("/activities", requirePermission("activities"));
  router.use(["/documents", "/folders"], requirePermission("documents"));
  router.use("/custom_actions", requirePermission("custom_actions"));
  router.use("/webhooks", requirePermission("webhooks"));
  // Clio's documents don't say which permission covers relationships; they name contacts and matters.
  router.use("/relationships", requirePermission("contacts"), requirePermission("matters"));
  router.use("/communications", requirePermission("communications"));
  router.use("/tasks", requirePermission("tasks"));
  router.use(
    ["/calendars", "/calendar_entries", "/calendar_entry_event_types"],
    requirePermission("calendars"),
  );
  const { changesOf, now } = services;
  router.use(contacts(changesOf), matters(), users(), activities(), documents(), relationships());
  router.use(communications(changesOf, now), tasks(changesOf, now), calendars(), calendarEntries(now));
  router.use(customActionsResource(services.customActions), webhooksResource(services.webhooks));
  router.use(() => {
    throw recordNotFound();
  });
  router.use(sendError);
  return router;
}

function requirePermission(permission: Permission) {
  return (_request: Request, response: ApiResponse, next: NextFunction) => {
    if (!response.locals.viewer.hasPermission(permission)) throw forbidden(permission);
    next();
  };
}

function sendError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const clioError =
    error instanceof ClioError ? error : new ClioError(500, "InternalServerError", "Something went wrong.");
  response.status(clioError.status).json(clioError);
}
