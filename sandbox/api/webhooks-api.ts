import { once } from "node:events";
import { type Request, Router } from "express";
import { Collection } from "../firms/collection.ts";
import { recordNotFound, unprocessable } from "./clio-error.ts";
import { type ApiResponse, answerList, answerRecord, checkFields, idOf, passes, since } from "./endpoint.ts";
import { dataOf, jsonBody } from "./request-data.ts";
import type { Webhook } from "./webhook.ts";
import type { Webhooks } from "./webhooks.ts";

/**
 * `GET` and `POST /webhooks`, `GET`, `PATCH` and `DELETE /webhooks/:id`, `PUT /webhooks/:id/activate`: those of the
 * user whose token it is. Another user's is a 404.
 */
export function webhooksApi(webhooks: Webhooks): Router {
  const router = Router();
  const { register } = webhooks;

  router.get("/webhooks", (request, response: ApiResponse) => {
    answerList<Webhook>(request, response, "Webhook", (parameters) => {
      const collection = new Collection(register.of(response.locals.viewer.user.id));
      const ids = parameters.integers("ids[]");
      return {
        collection,
        items: ids && collection.among(ids),
        maxLimit: 200,
        orders: [],
        keep: passes<Webhook>(since<Webhook>(parameters)),
      };
    });
  });

  router.post("/webhooks", ...jsonBody, async (request: Request, response: ApiResponse) => {
    checkFields(request, "Webhook");
    const webhook = register.create(response.locals.viewer.user.id, dataOf(request));
    await shakeHands(webhook, response);
    response.status(201);
    answerRecord(request, response, "Webhook", webhook);
  });

  router.get("/webhooks/:id", (request, response: ApiResponse) => {
    answerRecord(request, response, "Webhook", own(request, response));
  });

  router.patch(
    "/webhooks/:id",
    ...jsonBody,
    async (request: Request<{ id: string }>, response: ApiResponse) => {
      checkFields(request, "Webhook");
      const webhook = own(request, response);
      if (register.change(webhook, dataOf(request))) await shakeHands(webhook, response);
      answerRecord(request, response, "Webhook", webhook);
    },
  );

  router.delete("/webhooks/:id", (request, response: ApiResponse) => {
    register.delete(own(request, response));
    response.status(204).end();
  });

  router.put("/webhooks/:id/activate", (request: Request<{ id: string }>, response: ApiResponse) => {
    checkFields(request, "Webhook");
    const webhook = own(request, response);
    if (!register.enable(webhook, request.get("X-Hook-Secret"))) {
      throw unprocessable("X-Hook-Secret is not the webhook's secret.");
    }
    answerRecord(request, response, "Webhook", webhook);
  });

  function own(request: Request<{ id: string }>, response: ApiResponse): Webhook {
    const webhook = register.get(response.locals.viewer.user.id, idOf(request));
    if (!webhook) throw recordNotFound();
    return webhook;
  }

  /** Has the handshake before the answer, or sees to it that it comes after. */
  async function shakeHands(webhook: Webhook, response: ApiResponse): Promise<void> {
    if (webhooks.handshake === "before") await webhooks.shakeHands(webhook);
    if (webhooks.handshake === "after") void webhooks.shakeHands(webhook, once(response, "close"));
  }

  return router;
}
