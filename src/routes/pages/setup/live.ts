import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { currentUser } from "../../../http/require-session.ts";
import { readStatus } from "./read-status.ts";

/** While the user waits for something to happen. */
const WAITING_POLL_SECONDS = 3;
const IDLE_POLL_SECONDS = 20;

/**
 * `GET /setup/live`: the parts of the setup page that change by themselves, as HTML, for the page's script. Makes no request
 * to Clio.
 */
export function liveSetup(services: Services): RequestHandler {
  return async (_, response) => {
    const { firm, connection, session } = currentUser(response);
    const status = await readStatus(services, firm, async () => services.coverage.lastRuleOwners(connection));
    const { state } = status.directory;
    const isWaiting = status.progress.current !== null || ("reading" in state && state.reading !== null);
    const pollSeconds = isWaiting ? WAITING_POLL_SECONDS : IDLE_POLL_SECONDS;
    response
      .set("Cache-Control", "no-store")
      .send(services.views.liveSetup({ ...status, csrf: session.csrf, pollSeconds }));
  };
}
