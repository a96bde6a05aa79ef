import type { RequestHandler } from "express";
import { summarizeFault } from "../fault-summary.ts";
import type { Services } from "../services.ts";

/** A load balancer has to know within 2 s (milliseconds). */
const LONGEST_PING = 1_500;

/** `GET /readyz`: 200 when the store answers, 503 with the reason otherwise, and when it takes too long. */
export function readyz({ store }: Services): RequestHandler {
  return async (_, response) => {
    try {
      await answered(store.ping());
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

class StoreSilent extends Error {
  override readonly name = "StoreSilent";
  readonly code = "no answer in time";
}

async function answered(ping: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreSilent()), LONGEST_PING);
  });
  await Promise.race([ping, silence]).finally(() => clearTimeout(timer));
}
