import type { RequestHandler } from "express";
import { MethodNotAllowedError } from "../errors.ts";

/** Refuses every other method with 405. */
export function allowMethods(...methods: string[]): RequestHandler {
  const allow = methods.join(", ");
  return ({ method }, _, next) => {
    if (methods.includes(method)) return next();
    throw new MethodNotAllowedError(`Use ${methods.join(" or ")} instead of ${method}.`, { allow });
  };
}
