import { type Request, Router } from "express";
import { Collection } from "../../firms/collection.ts";
import { recordNotFound } from "../clio-error.ts";
import type { CustomAction, CustomActions } from "../custom-actions/custom-actions.ts";
import {
  type ApiResponse,
  checkFields,
  idFromPath,
  matchesAll,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";
import { jsonBody, readData } from "../json-body.ts";

/**
 * `GET` and `POST /custom_actions`, `GET`, `PATCH` and `DELETE /custom_actions/:id`. A token reaches only its own
 * user's custom actions; those of another user get 404.
 */
export function customActionsResource(customActions: CustomActions): Router {
  const router = Router();

  router.get("/custom_actions", (request, response: ApiResponse) => {
    sendList<CustomAction>(request, response, "CustomAction", (parameters) => {
      const collection = new Collection(customActions.of(response.locals.viewer.user.id));
      const ids = parameters.integers("ids[]");
      return {
        collection,
        items: ids && collection.getMany(ids),
        maxLimit: 200,
        orders: [],
        filter: matchesAll<CustomAction>(sinceFilters<CustomAction>(parameters)),
      };
    });
  });

  router.post("/custom_actions", ...jsonBody, (request: Request, response: ApiResponse) => {
    checkFields(request, "CustomAction");
    const action = customActions.create(response.locals.viewer.user.id, readData(request));
    response.status(201);
    sendRecord(request, response, "CustomAction", action);
  });

  router.get("/custom_actions/:id", (request, response: ApiResponse) => {
    sendRecord(request, response, "CustomAction", findOwn(request, response));
  });

  router.patch(
    "/custom_actions/:id",
    ...jsonBody,
    (request: Request<{ id: string }>, response: ApiResponse) => {
      checkFields(request, "CustomAction");
      const action = findOwn(request, response);
      customActions.change(action, readData(request));
      sendRecord(request, response, "CustomAction", action);
    },
  );

  router.delete("/custom_actions/:id", (request, response: ApiResponse) => {
    customActions.delete(findOwn(request, response));
    response.status(204).end();
  });

  function findOwn(request: Request<{ id: string }>, response: ApiResponse): CustomAction {
    const action = customActions.get(response.locals.viewer.user.id, idFromPath(request));
    if (!action) throw recordNotFound();
    return action;
  }

  return router;
}
