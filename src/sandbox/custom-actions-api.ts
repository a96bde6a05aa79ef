import express, { type NextFunction, type Request, type Response, Router } from "express";
import { argumentError, recordNotFound } from "./clio-error.ts";
import { Collection } from "./collection.ts";
import type { CustomAction, CustomActionInput, CustomActions } from "./custom-actions.ts";
import { type ApiResponse, answerList, answerRecord, checkFields, idOf, passes, since } from "./endpoint.ts";

/**
 * `GET` and `POST /custom_actions`, `GET`, `PATCH` and `DELETE /custom_actions/:id`: those of the user whose
 * token it is. Another user's is a 404.
 */
export function customActionsApi(customActions: CustomActions): Router {
  const router = Router();
  const body = [express.json({ type: () => true }), unreadable];

  router.get("/custom_actions", (request, response: ApiResponse) => {
    answerList<CustomAction>(request, response, "CustomAction", (parameters) => {
      const collection = new Collection(customActions.of(response.locals.viewer.user.id));
      const ids = parameters.integers("ids[]");
      return {
        collection,
        ids: ids && collection.among(ids),
        maxLimit: 200,
        orders: [],
        keep: passes<CustomAction>(since<CustomAction>(parameters)),
      };
    });
  });

  router.post("/custom_actions", ...body, (request: Request, response: ApiResponse) => {
    checkFields(request, "CustomAction");
    const action = customActions.create(response.locals.viewer.user.id, dataOf(request));
    response.status(201);
    answerRecord(request, response, "CustomAction", action);
  });

  router.get("/custom_actions/:id", (request, response: ApiResponse) => {
    answerRecord(request, response, "CustomAction", own(request, response));
  });

  router.patch("/custom_actions/:id", ...body, (request: Request<{ id: string }>, response: ApiResponse) => {
    checkFields(request, "CustomAction");
    const action = own(request, response);
    customActions.change(action, dataOf(request));
    answerRecord(request, response, "CustomAction", action);
  });

  router.delete("/custom_actions/:id", (request, response: ApiResponse) => {
    customActions.delete(own(request, response));
    response.status(204).end();
  });

  function own(request: Request<{ id: string }>, response: ApiResponse): CustomAction {
    const action = customActions.get(response.locals.viewer.user.id, idOf(request));
    if (!action) throw recordNotFound();
    return action;
  }

  return router;
}

/** The `data` of the body; throws a 400 where there is none. */
function dataOf(request: Request<object>): CustomActionInput {
  const data: unknown = request.body?.data;
  if (typeof data !== "object" || data === null) throw argumentError("data is missing.");
  return data;
}

/** Clio's 400 for a body that is no JSON, whatever the parser says of it. */
function unreadable(_error: unknown, _request: Request, _response: Response, next: NextFunction): void {
  next(argumentError("The body could not be read as JSON."));
}
