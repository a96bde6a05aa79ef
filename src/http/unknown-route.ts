import type { RequestHandler } from "express";
import { NotFoundError } from "../errors.ts";

/** Comes after all routes. A browser gets a page. */
export const unknownRoute: RequestHandler = (request, response) => {
  response.locals.isPage = request.accepts(["json", "html"]) === "html";
  throw new NotFoundError("There is nothing at this address.");
};
