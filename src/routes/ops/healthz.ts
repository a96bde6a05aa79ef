import type { RequestHandler } from "express";

/** `GET /healthz`: 200 while the process is up. */
export const healthz: RequestHandler = (_, response) => {
  response.json({ status: "up" });
};
