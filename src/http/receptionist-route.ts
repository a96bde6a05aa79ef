import type { Request, RequestHandler } from "express";
import type { Directory, OpenDirectory } from "../directory/directory.ts";
import { contextOf, withinDeadline } from "./deadline.ts";

/** Answers one query of a firm's receptionist, from the firm's directory. What it returns is sent as JSON. */
export type AnswerQuery = (query: Request["query"], directory: Directory) => Promise<object>;

/**
 * A route that the receptionist calls: its answer is JSON and is never cached.
 * Runs behind `deadline` and `apiKey`, which says whose call it is.
 */
export function receptionistRoute(openDirectory: OpenDirectory, answer: AnswerQuery): RequestHandler {
  return async ({ query }, response) => {
    const { firmId } = response.locals;
    if (!firmId) throw new TypeError("the route runs without an API key");
    const directory = openDirectory(firmId, contextOf(response));
    const body = await withinDeadline(response, answer(query, directory));
    response.set("Cache-Control", "no-store").json(body);
  };
}
