import type { RequestHandler } from "express";

/** Everything below is read by a person in a browser: errors become pages, and nothing is kept on the way. */
export const pageResponse: RequestHandler = (_, response, next) => {
  response.locals.isPage = true;
  response.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
  next();
};
