import express, { type NextFunction, type Request, type Response } from "express";
import { argumentError } from "./clio-error.ts";

/** Middleware that reads the body as JSON, whatever it is called; Clio's 400 for a body that is none. */
export const jsonBody = [express.json({ type: () => true }), unreadable];

/** The `data` of a body that was read; throws a 400 where there is none. */
export function dataOf(request: Request<object>): object {
  const data: unknown = request.body?.data;
  if (typeof data !== "object" || data === null) throw argumentError("data is missing.");
  return data;
}

function unreadable(_error: unknown, _request: Request, _response: Response, next: NextFunction): void {
  next(argumentError("The body could not be read as JSON."));
}
