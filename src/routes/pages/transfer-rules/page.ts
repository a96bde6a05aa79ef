import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { parseQuery } from "../../parse-input.ts";
import { pageOfUnreached } from "./page-of-unreached.ts";
import { RETRY_AFTER_SECONDS, readCoverage } from "./read-coverage.ts";

const MAX_SEARCH_LENGTH = 200;

/** An address that was edited or cut off still shows the page. */
const PageQuery = z.object({
  matter: z
    .string()
    .transform((text) => text.trim().slice(0, MAX_SEARCH_LENGTH))
    .catch(""),
  page: z.coerce.number().int().min(1).catch(1),
});

/** `GET /transfer-rules`: one rule for each person who takes calls, and the matters whose calls reach no one. */
export function transferRulesPage(services: Services): RequestHandler {
  const { views, webAddresses, now } = services;
  return async (request, response) => {
    const query = parseQuery(PageQuery, request);
    const reading = await readCoverage(services, response);
    response.send(
      views.transferRules({
        reading,
        unreached:
          reading.state === "ready"
            ? pageOfUnreached(reading.coverage.unreached, query.matter, query.page)
            : null,
        refreshSeconds: RETRY_AFTER_SECONDS,
        now: now(),
        webAddresses,
      }),
    );
  };
}
