import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { parseForm } from "../../parse-input.ts";
import { NOT_A_USER, UserForm } from "./user-form.ts";

/** `POST /setup/administrators`: makes a connected user an administrator. */
export function addAdministrator({ store, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const { user_id } = parseForm(UserForm, request);
    const context = auditContext(request, response);
    const subject = await store.connections.find(context.firmId, user_id);
    if (!subject || !(await store.administrators.add(context.firmId, user_id)))
      throw new InvalidRequestError(`user_id ${NOT_A_USER}`);
    await recordAudit({ ...context, kind: "administrator_added", subject });
    response.redirect(303, "/setup#connections");
  };
}

/** `POST /setup/administrators/remove`: takes the role from an administrator, unless they are the last one. */
export function removeAdministrator({ store, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const { user_id } = parseForm(UserForm, request);
    const context = auditContext(request, response);
    const subject = await store.connections.find(context.firmId, user_id);
    if (!subject) throw new InvalidRequestError(`user_id ${NOT_A_USER}`);
    const outcome = await store.administrators.remove(context.firmId, user_id);
    if (outcome === "last")
      throw new InvalidRequestError(
        "No other administrator is connected. Make another user an administrator first.",
        {
          title: "Your firm needs an administrator",
          next: { href: "/setup#connections", label: "Open setup" },
        },
      );
    if (outcome === "removed") {
      await store.keyReveals.removeByUser(context.firmId, user_id);
      await recordAudit({ ...context, kind: "administrator_removed", subject });
    }
    response.redirect(303, "/setup#connections");
  };
}
