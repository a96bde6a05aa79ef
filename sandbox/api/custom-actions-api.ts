import { type Request, Router } from "express";
import { Collection } from "../firms/collection.ts";
import { recordNotFound } from "./clio-error.ts";
import type { CustomAction, CustomActions } from "./custom-actions.ts";
import { type ApiResponse, answerList, answerRecord, checkFields, idOf, passes, since } from "./endpoint.ts";
import { dataOf, jsonBody } from "./request-data.ts";

/**
 * `GET` and `POST /custom_actions`, `GET`, `PATCH` and `DELETE /custom_actions/:id`: those of the user whose
 * token it is. Another user's is a 404.
 */
export function customActionsApi(customActions: CustomActions): Router {
  const router = Router();

  router.get("/custom_actions", (request, response: ApiResponse) => {
    answerList<CustomAction>(request, response, "CustomAction", (parameters) => {
      const collection = new Collection(customActions.of(response.locals.viewer.user.id));
      const ids = parameters.integers("ids[]");
      return {
        collection,
        items: ids && collection.among(ids),
        maxLimit: 200,
        orders: [],
        keep: passes<CustomAction>(since<CustomAction>(parameters)),
      };
    });
  });

  router.post("/custom_actions", ...jsonBody, (request: Request, response: ApiResponse) => {
    checkFields(request, "CustomAction");
    const action = customActions.create(response.locals.viewer.user.id, dataOf(request));
    response.status(201);
    answerRecord(request, response, "CustomAction", action);
  });

  router.get("/custom_actions/:id", (request, response: ApiResponse) => {
    answerRecord(request, response, "CustomAction", own(request, response));
  });

  router.patch(
    "/custom_actions/:id",
    ...jsonBody,
    (request: Request<{ id: string }>, response: ApiResponse) => {
      checkFields(request, "CustomAction");
      const action = own(request, response);
      customActions.change(action, dataOf(request));
      answerRecord(request, response, "CustomAction", action);
    },
  );

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
