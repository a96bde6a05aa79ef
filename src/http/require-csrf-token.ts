import type { Request, RequestHandler } from "express";
import { ForbiddenError } from "../errors.ts";
import { equalInConstantTime } from "../security/constant-time.ts";
import { currentUser } from "./require-session.ts";

const SETUP_PAGE = { href: "/setup", label: "Open setup" };
/** Where the forms below these addresses are. */
const PAGES = [
  { href: "/transfer-rules", label: "Open the transfer rules" },
  { href: "/calls", label: "Open the calls" },
];

/** Admits forms that carry the session's CSRF token. Comes after `requireSession` and the body parser. */
export const requireCsrfToken: RequestHandler = (request: Request, response, next) => {
  const { csrf } = currentUser(response).session;
  if (equalInConstantTime(String(request.body?.csrf ?? ""), csrf)) return next();
  const page = PAGES.find(({ href }) => request.path.startsWith(`${href}/`)) ?? SETUP_PAGE;
  throw new ForbiddenError("Nothing was changed. Open the page again and send the form from there.", {
    title: "This form has expired",
    next: page,
  });
};
