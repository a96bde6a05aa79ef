import type { Request, RequestHandler } from "express";
import { createRecordLookup, type RecordLookup } from "../../call-log/record-lookup.ts";
import type { Services } from "../../container.ts";
import type { Directory } from "../../directory/directory.ts";
import { contextOf, withinDeadline } from "../../http/deadline.ts";
import { sendJson } from "../../http/send-json.ts";

/** What a request brings, once Express has read it. */
export type RequestInput = Pick<Request, "query"> & { readonly body?: unknown };

/** Answers a request from a firm's receptionist with that firm's directory. The result is sent as JSON. */
export type Answer = (
  input: RequestInput,
  directory: Directory,
  recordLookup: RecordLookup,
) => Promise<object>;

/** Makes a route for the receptionist from an answer. Comes after `deadline` and `requireApiKey`. */
export function receptionistRoute(
  services: Pick<Services, "openDirectory" | "callRecorder" | "now">,
  answer: Answer,
): RequestHandler {
  return async (request, response) => {
    const { firmId } = response.locals;
    if (!firmId) throw new TypeError("the route runs without requireApiKey");
    const context = contextOf(response);
    const directory = services.openDirectory(firmId, context);
    const recordLookup = createRecordLookup(services, firmId, context);
    const body = await withinDeadline(response, answer(request, directory, recordLookup));
    sendJson(response, body);
  };
}
