import type { RequestHandler, Response } from "express";
import type { Coverage } from "../../../calls/transfer/coverage.ts";
import type { Services } from "../../../container.ts";
import type { CoverageReading } from "../../../directory/coverage/coverage-reader.ts";
import { currentUser } from "../../../http/require-session.ts";

/** Most firms are read within this time; for a larger one, the response shows the progress. */
const READ_TIMEOUT_MS = 3_000;

export const RETRY_AFTER_SECONDS = 5;

/** The coverage as the signed-in user sees it, or the progress of reading it. */
export function readCoverage({ coverage }: Services, response: Response): Promise<CoverageReading> {
  return coverage.of(currentUser(response).connection, READ_TIMEOUT_MS);
}

/** Answers 202 with `Retry-After` until the firm has been read (docs/reference/endpoints.md). */
export function onceRead(
  services: Services,
  send: (coverage: Coverage, response: Response) => void,
): RequestHandler {
  return async (_, response) => {
    const reading = await readCoverage(services, response);
    response.set("Cache-Control", "no-store");
    if (reading.state === "ready") return send(reading.coverage, response);
    const { read, total } = reading;
    response
      .status(202)
      .set("Retry-After", String(RETRY_AFTER_SECONDS))
      .json({ status: "reading", read, total });
  };
}
