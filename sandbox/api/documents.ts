import { Router } from "express";
import { type ApiResponse, answerRecord, idOf } from "./endpoint.ts";

/** `GET /documents/:id` and `GET /folders/:id`, which Clio counts among the documents. */
export function documents(): Router {
  const router = Router();
  router.get("/documents/:id", (request, response: ApiResponse) => {
    const { documents } = response.locals.viewer.records;
    answerRecord(request, response, "Document", documents.get(idOf(request)));
  });
  router.get("/folders/:id", (request, response: ApiResponse) => {
    const { folders } = response.locals.viewer.records;
    answerRecord(request, response, "Folder", folders.get(idOf(request)));
  });
  return router;
}
