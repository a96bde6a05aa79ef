import { Router } from "express";
import { type ApiResponse, answerRecord, idOf } from "./endpoint.ts";

/** `GET /activities/:id`. */
export function activities(): Router {
  const router = Router();
  router.get("/activities/:id", (request, response: ApiResponse) => {
    const { activities } = response.locals.viewer.records;
    answerRecord(request, response, "Activity", activities.get(idOf(request)));
  });
  return router;
}
