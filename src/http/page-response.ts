import type { RequestHandler } from "express";

/** For routes that answer with HTML: errors become pages, and neither the page nor its address is kept or passed on. */
export const pageResponse: RequestHandler = (_, response, next) => {
  response.locals.isPage = true;
  response.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
  next();
};
