import express, { type ErrorRequestHandler, type Request, type RequestHandler } from "express";
import { z } from "zod";
import { hasValidSignature } from "../../clio/resources/webhooks.ts";
import type { Services } from "../../container.ts";
import { InvalidRequestError, ServiceError, UnauthorizedError } from "../../errors.ts";

/** A delivery of Clio's says little more than an id: `fields` asks for nothing else. */
const LARGEST_DELIVERY = "64kb";
const LONGEST_SECRET = 500;

const Delivery = z.object({ data: z.object({ id: z.number().int().positive() }) });

const unread: ErrorRequestHandler = (error, _request, _response, next) => {
  const refused = new UnauthorizedError("The delivery cannot be read, so nobody can have signed it.", {
    cause: error,
  });
  next(error instanceof ServiceError ? error : refused);
};

/** Reads a delivery as the bytes that were signed. */
export const deliveryBody = [
  express.raw({ type: () => true, limit: LARGEST_DELIVERY, inflate: false }),
  unread,
];

/**
 * `POST /webhooks/clio/:webhook`: Clio's handshake, and its signed deliveries. A delivery is answered as soon as it is
 * noted, on the disk; what changed is then read from Clio itself. Anything unsigned is 401 and changes nothing.
 */
export function clioWebhook({
  store,
  mirrorScheduler,
  metrics,
}: Services): RequestHandler<{ webhook: string }> {
  return async (request, response) => {
    const outcome = (name: string) => metrics.webhookDeliveries.inc({ outcome: name });
    const { webhook: id } = request.params;
    const secret = request.get("X-Hook-Secret");
    if (secret !== undefined) {
      if (
        secret === "" ||
        secret.length > LONGEST_SECRET ||
        !(await store.webhooks.confirmHandshake(id, secret))
      ) {
        outcome("refused");
        throw new UnauthorizedError("This handshake belongs to no webhook that waits for one.");
      }
      outcome("handshake");
      response.set("X-Hook-Secret", secret).status(200).json({});
      return;
    }

    const webhook = await store.webhooks.find(id);
    const body = bodyOf(request);
    if (!webhook?.secret || !hasValidSignature(webhook.secret, body, request.get("X-Hook-Signature") ?? "")) {
      outcome("refused");
      throw new UnauthorizedError("The delivery is not signed with the secret of this webhook.");
    }
    const recordId = recordIdIn(body);
    if (recordId === null) {
      outcome("unreadable");
      throw new InvalidRequestError("data.id: the delivery names no record.");
    }
    response.locals.firmId = webhook.firmId;
    await mirrorScheduler.recordChanges(webhook.firmId, webhook.model, [recordId]);
    outcome("noted");
    response.status(200).json({});
  };
}

/** The bytes as they came: the signature is over them. */
function bodyOf(request: Request<{ webhook: string }>): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
}

function recordIdIn(body: Uint8Array): number | null {
  try {
    return Delivery.parse(JSON.parse(Buffer.from(body).toString())).data.id;
  } catch {
    return null;
  }
}
