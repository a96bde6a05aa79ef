import type { Request, RequestHandler } from "express";
import type { Directory, OpenDirectory } from "../../directory/directory.ts";
import { contextOf, withinDeadline } from "../../http/deadline.ts";

/** What a request brings, once Express has read it. */
export type RequestInput = Pick<Request, "query"> & { readonly body?: unknown };

/** Answers a request from a firm's receptionist with that firm's directory. The result is sent as JSON. */
export type Answer = (input: RequestInput, directory: Directory) => Promise<object>;

/** Makes a route for the receptionist from an answer. Comes after `deadline` and `requireApiKey`. */
export function receptionistRoute(openDirectory: OpenDirectory, answer: Answer): RequestHandler {
  return async (request, response) => {
    const { firmId } = response.locals;
    if (!firmId) throw new TypeError("the route runs without requireApiKey");
    const directory = openDirectory(firmId, contextOf(response));
    const body = await withinDeadline(response, answer(request, directory));
    response.set("Cache-Control", "no-store").json(body);
  };
}
