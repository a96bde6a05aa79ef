import type { RequestHandler } from "express";
import { summarizeFault } from "../fault-summary.ts";
import type { Services } from "../services.ts";

/** `GET /readyz`: 200 when the store answers, 503 with the reason otherwise. */
export function readyz({ store }: Services): RequestHandler {
  return async (_, response) => {
    try {
      await store.ping();
    } catch (error) {
      response.locals.fault = summarizeFault(error);
      const { name, code } = response.locals.fault;
      const reason = `The store does not answer (${code ?? name}).`;
      response.status(503).json({ status: "not ready", reason });
      return;
    }
    response.json({ status: "ready" });
  };
}
