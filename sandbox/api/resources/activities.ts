import { Router } from "express";
import { type ApiResponse, idFromPath, sendRecord } from "../endpoint.ts";

/** `GET /activities/:id`. */
export function activities(): Router {
  const router = Router();
  router.get("/activities/:id", (request, response: ApiResponse) => {
    const { activities } = response.locals.viewer.records;
    sendRecord(request, response, "Activity", activities.get(idFromPath(request)));
  });
  return router;
}
