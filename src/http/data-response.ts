import type { RequestHandler } from "express";

/**
 * For data that both programs and browsers open, such as a spreadsheet: in a browser, errors are pages. Their status and
 * code stay the same. A program that accepts anything gets JSON.
 */
export const dataResponse: RequestHandler = (request, response, next) => {
  response.locals.hasErrorPages = request.accepts(["json", "html"]) === "html";
  next();
};
