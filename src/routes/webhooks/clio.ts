import express, { type ErrorRequestHandler, type Request, type RequestHandler } from "express";
import { z } from "zod";
import { verifyDelivery } from "../../connections/verify-delivery.ts";
import type { Services } from "../../container.ts";
import { InvalidRequestError, ServiceError, UnauthorizedError } from "../../errors.ts";

/** A delivery contains little more than an ID: the webhooks are created with no other fields. */
const MAX_DELIVERY_SIZE = "64kb";
const MAX_SECRET_LENGTH = 500;

const Delivery = z.object({ data: z.object({ id: z.number().int().positive() }) });

const unreadableDelivery: ErrorRequestHandler = (error, _request, _response, next) => {
  const unauthorized = new UnauthorizedError("The delivery is unreadable, so its signature can't be valid.", {
    cause: error,
  });
  next(error instanceof ServiceError ? error : unauthorized);
};

/** Reads a delivery as bytes, because Clio signs those. */
export const deliveryBody = [
  express.raw({ type: () => true, limit: MAX_DELIVERY_SIZE, inflate: false }),
  unreadableDelivery,
];

/**
 * `POST /webhooks/clio/:webhook`: Clio's handshake and its signed deliveries. A delivery is acknowledged once it is on disk;
 * the record itself is then read from Clio. Without a valid signature nothing changes
 * (docs/reference/endpoints.md, "Clio's webhooks").
 */
export function clioWebhook({
  store,
  mirrorScheduler,
  metrics,
}: Services): RequestHandler<{ webhook: string }> {
  const count = (outcome: string) => metrics.webhookDeliveries.inc({ outcome });

  async function confirmHandshake(webhookId: string, secret: string): Promise<void> {
    const isPlausible = secret !== "" && secret.length <= MAX_SECRET_LENGTH;
    if (isPlausible && (await store.webhooks.confirmHandshake(webhookId, secret))) return count("handshake");
    count("refused");
    throw new UnauthorizedError("No webhook is waiting for this handshake.");
  }

  return async (request, response) => {
    const { webhook: webhookId } = request.params;
    const secret = request.get("X-Hook-Secret");
    if (secret !== undefined) {
      await confirmHandshake(webhookId, secret);
      response.set("X-Hook-Secret", secret).status(200).json({});
      return;
    }

    const body = rawBody(request);
    const signature = request.get("X-Hook-Signature") ?? "";
    const webhook = await verifyDelivery(store.webhooks, webhookId, body, signature);
    if (!webhook) {
      count("refused");
      throw new UnauthorizedError("The delivery isn't signed with this webhook's secret.");
    }
    const recordId = readRecordId(body);
    if (recordId === null) {
      count("unreadable");
      throw new InvalidRequestError("data.id is required: the ID of the record that changed.");
    }
    response.locals.firmId = webhook.firmId;
    await mirrorScheduler.recordChanges(webhook.firmId, webhook.model, [recordId]);
    count("noted");
    response.status(200).json({});
  };
}

function rawBody(request: Request<{ webhook: string }>): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
}

function readRecordId(body: Uint8Array): number | null {
  try {
    return Delivery.parse(JSON.parse(Buffer.from(body).toString())).data.id;
  } catch {
    return null;
  }
}
