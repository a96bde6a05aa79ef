import express, { Router } from "express";
import { z } from "zod";
import { HANDSHAKES, RELEASE_ORDERS, type Webhooks } from "./api/webhooks.ts";

const Settings = z
  .strictObject({
    deliverTo: z.url({ protocol: /^https?$/ }).nullable(),
    handshake: z.enum(HANDSHAKES),
    timeout: z.int().min(0),
    retryBase: z.int().min(0),
    repeat: z.int().min(1),
    drop: z
      .int()
      .min(0)
      .nullable()
      .transform((drop) => drop ?? Number.POSITIVE_INFINITY),
  })
  .partial();

const Release = z
  .strictObject({ order: z.enum(RELEASE_ORDERS), times: z.int().min(1), seed: z.int().min(0) })
  .partial();

/**
 * For whoever runs in another process: `PATCH /sandbox/webhooks` with settings of `Webhooks` as JSON (`drop: null` for
 * all), `POST /sandbox/webhooks/hold`, `POST /sandbox/webhooks/release` with its options as JSON. These answer 204, or
 * 400 for what is nonsense. `GET /sandbox/webhooks/deliveries` answers with the log once everything is settled.
 */
export function webhookControls(webhooks: Webhooks): Router {
  const router = Router();

  router.patch("/sandbox/webhooks", express.json(), (request, response) => {
    const { data, error } = Settings.safeParse(request.body);
    if (error) {
      response.status(400).json({ error: z.prettifyError(error) });
      return;
    }
    Object.assign(webhooks, data);
    response.status(204).end();
  });

  router.post("/sandbox/webhooks/hold", (_request, response) => {
    webhooks.hold();
    response.status(204).end();
  });

  router.post("/sandbox/webhooks/release", express.json(), (request, response) => {
    const { data, error } = Release.safeParse(request.body ?? {});
    if (error) {
      response.status(400).json({ error: z.prettifyError(error) });
      return;
    }
    webhooks.release(data);
    response.status(204).end();
  });

  router.get("/sandbox/webhooks/deliveries", async (_request, response) => {
    await webhooks.settled();
    response.json(webhooks.deliveries);
  });

  return router;
}
