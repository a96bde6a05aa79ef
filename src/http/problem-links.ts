import type { Request, Response } from "express";
import type { ServiceError } from "../errors.ts";

/** A link on an error page. */
export interface ProblemLink {
  readonly href: string;
  readonly label: string;
}

const OPEN_SETUP: ProblemLink = { href: "/setup", label: "Open setup" };
const CONNECT: ProblemLink = { href: "/connect", label: "Connect to Clio" };

/** Errors that may pass without a change to the request. */
const TEMPORARY: readonly ServiceError["code"][] = [
  "clio_error",
  "clio_permission",
  "clio_rate_limited",
  "clio_timeout",
  "internal_error",
  "too_many_requests",
];

/** How to continue after an error (docs/reference/errors.md, "Error pages"). The first link is the most helpful one. */
export function problemLinks(
  { code, options: { next } }: ServiceError,
  request: Request,
  response: Response,
): ProblemLink[] {
  const { retryLink, recordLink } = response.locals;
  const links: ProblemLink[] = [];
  if (next) links.push(next);
  else if (retryLink) links.push(retryLink);
  else if (code === "clio_not_connected") links.push(CONNECT);
  else if (TEMPORARY.includes(code) && canRepeat(request))
    links.push({ href: request.originalUrl, label: "Try again" });
  if (recordLink && recordLink.href !== next?.href) links.push(recordLink);
  // Without a firm or a valid setup link, the setup page leads back to the same error.
  if (links.length === 0 && code !== "forbidden") links.push(OPEN_SETUP);
  return links;
}

/** When to try again, and what else to know about it; null if trying again doesn't help. */
export function problemAdvice({ code, options }: ServiceError, request: Request): string | null {
  const { retryAfter } = options;
  if (isForm(request) && TEMPORARY.includes(code))
    return `The form may not have taken effect. Check on the setup page${retryAfter === undefined ? "" : ` in ${formatSeconds(retryAfter)}`} before you send it again.`;
  if (retryAfter !== undefined) return `Try again in ${formatSeconds(retryAfter)}.`;
  switch (code) {
    case "clio_error":
    case "clio_timeout":
      return "This usually passes. Try again in a minute.";
    case "clio_permission":
      return "Try again once the permission is granted in Clio.";
    case "internal_error":
      return "Try again in a minute. If it happens again, report it to the operator of this service.";
    default:
      return null;
  }
}

/** A form must never be sent again by a link. */
function canRepeat({ method, originalUrl }: Request): boolean {
  // A path that begins with two slashes would lead to another host.
  return (method === "GET" || method === "HEAD") && /^\/(?![/\\])/.test(originalUrl);
}

function isForm({ method }: Request): boolean {
  return method === "POST";
}

function formatSeconds(seconds: number): string {
  return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
}
