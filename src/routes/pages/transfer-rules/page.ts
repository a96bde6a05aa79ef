import type { RequestHandler } from "express";
import { buildChecklist } from "../../../calls/transfer/checklist.ts";
import type { Services } from "../../../container.ts";
import { currentUser } from "../../../http/require-session.ts";
import { parseQuery } from "../../parse-input.ts";
import { checklistPage } from "./checklist-page.ts";
import { pageOfUnreached } from "./page-of-unreached.ts";
import { PageQuery } from "./page-query.ts";
import { RETRY_AFTER_SECONDS, readCoverage } from "./read-coverage.ts";

/**
 * `GET /transfer-rules`: one rule for each person who takes calls, whether it was added to Upfirst, and the matters whose
 * calls reach no one.
 */
export function transferRulesPage(services: Services): RequestHandler {
  const { store, views, webAddresses, now } = services;
  return async (request, response) => {
    const query = parseQuery(PageQuery, request);
    const { firm, session } = currentUser(response);
    const reading = await readCoverage(services, response);
    const common = { webAddresses, now: now(), csrf: session.csrf };
    if (reading.state === "reading") {
      response.send(views.transferRules({ ...common, reading, refreshSeconds: RETRY_AFTER_SECONDS }));
      return;
    }
    const [addedRules, users] = await Promise.all([
      store.addedRules.listByFirm(firm.id),
      store.connections.listByFirm(firm.id),
    ]);
    const checklist = buildChecklist(reading.coverage, addedRules);
    const openPerson = { id: query.person, isOutdated: query.outdated !== undefined };
    response.send(
      views.transferRules({
        ...common,
        reading,
        checklist: checklistPage(checklist, query, openPerson),
        unreached: pageOfUnreached(reading.coverage.unreached, query.matter, query.page),
        userNames: new Map(users.map(({ userId, userName }) => [userId, userName])),
      }),
    );
  };
}
