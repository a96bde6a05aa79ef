import type { RequestHandler } from "express";
import type { UnreachedMatter } from "../../../calls/transfer/coverage.ts";
import type { ClioWebAddresses } from "../../../clio/web-addresses.ts";
import type { Services } from "../../../container.ts";
import { describeUnreached } from "../../../views/unreached-text.ts";
import { sendCsv } from "../../csv.ts";
import { onceRead } from "./read-coverage.ts";

/**
 * `GET /transfer-rules/unreached.json`. A list of its own, because `/transfer-rules.json` is an array of rules and has to
 * stay one.
 */
export function unreachedJson(services: Services): RequestHandler {
  const present = presenter(services.webAddresses);
  return onceRead(services, ({ unreached }, response) => response.json(unreached.map(present)));
}

/** `GET /transfer-rules/unreached.csv`, for spreadsheets. */
export function unreachedCsv(services: Services): RequestHandler {
  const present = presenter(services.webAddresses);
  return onceRead(services, ({ unreached }, response) => {
    sendCsv(response, "unreached-matters.csv", COLUMNS, unreached.map(present));
  });
}

const COLUMNS = ["matter_id", "display_number", "reason", "person", "explanation", "url"] as const;

function presenter(webAddresses: ClioWebAddresses) {
  return (matter: UnreachedMatter) => ({
    matter_id: matter.id,
    display_number: matter.displayNumber,
    reason: matter.reason,
    person: matter.personName,
    explanation: describeUnreached(matter),
    url: webAddresses.record({ type: "matters", id: matter.id }),
  });
}
