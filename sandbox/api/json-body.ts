import express, { type NextFunction, type Request, type Response } from "express";
import { argumentError } from "./clio-error.ts";

/** Middleware that parses the body as JSON whatever its content type. Invalid JSON gets Clio's 400. */
export const jsonBody = [express.json({ type: () => true }), handleInvalidJson];

/** The `data` of a parsed body. Throws a 400 if there is none. */
export function readData(request: Request<object>): object {
  const data: unknown = request.body?.data;
  if (typeof data !== "object" || data === null) throw argumentError("data is missing.");
  return data;
}

function handleInvalidJson(
  _error: unknown,
  _request: Request,
  _response: Response,
  next: NextFunction,
): void {
  next(argumentError("The body could not be read as JSON."));
}
