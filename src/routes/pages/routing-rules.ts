import type { RequestHandler } from "express";
import type { Services } from "../../container.ts";

/** `GET /routing-rules`: the rules by which calls are routed, for people who want to know why. */
export function routingRules({ views }: Pick<Services, "views">): RequestHandler {
  const page = views.routingRules();
  return (_, response) => {
    response.send(page);
  };
}
