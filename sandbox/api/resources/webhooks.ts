import { once } from "node:events";
import { type Request, Router } from "express";
import { Collection } from "../../firms/collection.ts";
import { recordNotFound, unprocessable } from "../clio-error.ts";
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
import type { Webhook } from "../webhooks/webhook.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";

/**
 * `GET` and `POST /webhooks`, `GET`, `PATCH` and `DELETE /webhooks/:id`, `PUT /webhooks/:id/activate`. A token reaches
 * only its own user's webhooks; those of another user get 404.
 */
export function webhooksResource(webhooks: Webhooks): Router {
  const router = Router();
  const { registry } = webhooks;

  router.get("/webhooks", (request, response: ApiResponse) => {
    sendList<Webhook>(request, response, "Webhook", (parameters) => {
      const collection = new Collection(registry.of(response.locals.viewer.user.id));
      const ids = parameters.integers("ids[]");
      return {
        collection,
        items: ids && collection.getMany(ids),
        maxLimit: 200,
        orders: [],
        filter: matchesAll<Webhook>(sinceFilters<Webhook>(parameters)),
      };
    });
  });

  router.post("/webhooks", ...jsonBody, async (request: Request, response: ApiResponse) => {
    checkFields(request, "Webhook");
    const webhook = registry.create(response.locals.viewer.user.id, readData(request));
    await performHandshake(webhook, response);
    response.status(201);
    sendRecord(request, response, "Webhook", webhook);
  });

  router.get("/webhooks/:id", (request, response: ApiResponse) => {
    sendRecord(request, response, "Webhook", findOwn(request, response));
  });

  router.patch(
    "/webhooks/:id",
    ...jsonBody,
    async (request: Request<{ id: string }>, response: ApiResponse) => {
      checkFields(request, "Webhook");
      const webhook = findOwn(request, response);
      if (registry.change(webhook, readData(request))) await performHandshake(webhook, response);
      sendRecord(request, response, "Webhook", webhook);
    },
  );

  router.delete("/webhooks/:id", (request, response: ApiResponse) => {
    registry.delete(findOwn(request, response));
    response.status(204).end();
  });

  router.put("/webhooks/:id/activate", (request: Request<{ id: string }>, response: ApiResponse) => {
    checkFields(request, "Webhook");
    const webhook = findOwn(request, response);
    if (!registry.enable(webhook, request.get("X-Hook-Secret"))) {
      throw unprocessable("X-Hook-Secret is not the webhook's secret.");
    }
    sendRecord(request, response, "Webhook", webhook);
  });

  function findOwn(request: Request<{ id: string }>, response: ApiResponse): Webhook {
    const webhook = registry.get(response.locals.viewer.user.id, idFromPath(request));
    if (!webhook) throw recordNotFound();
    return webhook;
  }

  /** Performs the handshake now, or schedules it for after the response. */
  async function performHandshake(webhook: Webhook, response: ApiResponse): Promise<void> {
    if (webhooks.handshake === "before") await webhooks.sendHandshake(webhook);
    if (webhooks.handshake === "after") void webhooks.sendHandshake(webhook, once(response, "close"));
  }

  return router;
}
