import { Router } from "express";
import { type ApiResponse, idFromPath, sendRecord } from "../endpoint.ts";

/** `GET /documents/:id` and `GET /folders/:id`. Clio covers folders with the documents permission. */
export function documents(): Router {
  const router = Router();
  router.get("/documents/:id", (request, response: ApiResponse) => {
    const { documents } = response.locals.viewer.records;
    sendRecord(request, response, "Document", documents.get(idFromPath(request)));
  });
  router.get("/folders/:id", (request, response: ApiResponse) => {
    const { folders } = response.locals.viewer.records;
    sendRecord(request, response, "Folder", folders.get(idFromPath(request)));
  });
  return router;
}
