import type { RequestHandler } from "express";
import { valuesOf } from "../../../calls/transfer/added-rule.ts";
import { buildChecklist, nextEntry } from "../../../calls/transfer/checklist.ts";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { currentUser } from "../../../http/require-session.ts";
import { parseForm } from "../../parse-input.ts";
import { recordTransferRulesAdded } from "../setup/transfer-rules-added.ts";
import { isShown } from "./checklist-page.ts";
import { checklistAddress, personAddress, RuleForm } from "./page-query.ts";
import { readCoverage } from "./read-coverage.ts";
import { ruleVersion } from "./rule-version.ts";

const BACK_TO_RULES = { href: "/transfer-rules", label: "Back to the transfer rules" };

/**
 * `POST /transfer-rules/added`: someone has added a person's rule to Upfirst, with the values that the page showed. Goes on to
 * the next person.
 */
export function markAsAdded(services: Services): RequestHandler {
  const { addedRules } = services.store;
  return async (request, response) => {
    const { person_id: personId, version, ...shown } = parseForm(RuleForm, request, BACK_TO_RULES);
    const { firm, connection, isAdministrator } = currentUser(response);
    const reading = await readCoverage(services, response);
    const coverage = reading.state === "ready" ? reading.coverage : null;
    const counted = coverage?.rules.find(({ person }) => person.id === personId);
    // Nothing is stored if the user can't see that person's rule now, or if it isn't what the page showed.
    if (!coverage || !counted) return response.redirect(303, checklistAddress(shown));
    if (ruleVersion(counted.rule) !== version)
      return response.redirect(303, personAddress(shown, personId, { outdated: "1" }));

    await addedRules.put(firm.id, {
      personId,
      values: valuesOf(counted.rule),
      addedBy: connection.userId,
    });
    const { entries } = buildChecklist(coverage, await addedRules.listByFirm(firm.id));
    if (isAdministrator && entries.every(({ state }) => state === "added"))
      await recordTransferRulesAdded(services, auditContext(request, response));
    const next = nextEntry(entries, personId, (entry) => isShown(entry, shown));
    response.redirect(
      303,
      next ? personAddress(shown, next.person.id) : `${checklistAddress(shown)}#checklist`,
    );
  };
}

/** `POST /transfer-rules/not-added`: a person's rule isn't in Upfirst, or not anymore. */
export function markAsNotAdded({ store }: Services): RequestHandler {
  return async (request, response) => {
    const { person_id: personId, version: _, ...shown } = parseForm(RuleForm, request, BACK_TO_RULES);
    await store.addedRules.remove(currentUser(response).firm.id, personId);
    response.redirect(303, personAddress(shown, personId));
  };
}
