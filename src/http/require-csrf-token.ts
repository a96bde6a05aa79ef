import type { Request, RequestHandler } from "express";
import { ForbiddenError } from "../errors.ts";
import { equalInConstantTime } from "../security/constant-time.ts";
import { currentUser } from "./require-session.ts";

/** Admits forms that carry the session's CSRF token. Comes after `requireSession` and the body parser. */
export const requireCsrfToken: RequestHandler = (request: Request, response, next) => {
  const { csrf } = currentUser(response).session;
  if (equalInConstantTime(String(request.body?.csrf ?? ""), csrf)) return next();
  throw new ForbiddenError("Nothing was changed. Open the setup page and send the form from there.", {
    title: "This form has expired",
    next: { href: "/setup", label: "Open setup" },
  });
};
