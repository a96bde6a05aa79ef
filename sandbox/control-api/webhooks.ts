import express, { Router } from "express";
import { z } from "zod";
import { HANDSHAKES, RELEASE_ORDERS, type Webhooks } from "../api/webhooks/webhooks.ts";

const WebhookSettings = z
  .strictObject({
    deliverTo: z.url({ protocol: /^https?$/ }).nullable(),
    handshake: z.enum(HANDSHAKES),
    timeoutMs: z.int().min(0),
    retryDelayMs: z.int().min(0),
    repeat: z.int().min(1),
    drop: z
      .int()
      .min(0)
      .nullable()
      .transform((drop) => drop ?? Number.POSITIVE_INFINITY),
  })
  .partial();

const ReleaseOptions = z
  .strictObject({ order: z.enum(RELEASE_ORDERS), times: z.int().min(1), seed: z.int().min(0) })
  .partial();

/**
 * Lets another process control webhook deliveries:
 *
 * - `PATCH /sandbox/webhooks` with settings of `Webhooks` as JSON (`drop: null` drops every delivery)
 * - `POST /sandbox/webhooks/hold`
 * - `POST /sandbox/webhooks/release` with the options of `release` as JSON
 * - `GET /sandbox/webhooks/deliveries`: the log, once no delivery is in flight
 *
 * The first three respond with 204, or with 400 for invalid JSON values.
 */
export function webhooksControl(webhooks: Webhooks): Router {
  const router = Router();

  router.patch("/sandbox/webhooks", express.json(), (request, response) => {
    const { data, error } = WebhookSettings.safeParse(request.body);
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
    const { data, error } = ReleaseOptions.safeParse(request.body ?? {});
    if (error) {
      response.status(400).json({ error: z.prettifyError(error) });
      return;
    }
    webhooks.release(data);
    response.status(204).end();
  });

  router.get("/sandbox/webhooks/deliveries", async (_request, response) => {
    await webhooks.idle();
    response.json(webhooks.deliveries);
  });

  return router;
}
