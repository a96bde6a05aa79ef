import type { RequestHandler } from "express";
import { ForbiddenError } from "../errors.ts";
import { currentUser } from "./require-session.ts";

/** Admits administrators of the firm. Comes after `requireSession`, and on a form after `requireCsrfToken`. */
export const administratorOnly: RequestHandler = (_, response, next) => {
  if (currentUser(response).isAdministrator) return next();
  throw new ForbiddenError("Nothing was changed. The setup page names the administrators of your firm.", {
    title: "Only an administrator can do this",
    next: { href: "/setup", label: "Open setup" },
  });
};
