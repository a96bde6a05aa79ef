import type { RequestHandler } from "express";
import { z } from "zod";
import { checkAbsence } from "../../../absences/absence-form.ts";
import type { Services } from "../../../container.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { canChange, formatAbsence, nameOf } from "../../../views/away-page.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import { absenceNotFound, loadAbsences, renderAway } from "./page.ts";

const BACK_TO_AWAY = { href: "/away", label: "Back to absences" };
/** Of a firm, current and future. More are a mistake, or an attempt to fill the database. */
const MAX_ABSENCES = 1_000;

const field = (maxLength = 40) => textParameter(maxLength).trim().default("");

const SaveForm = z.object({
  id: textParameter(40).optional(),
  person_id: field(),
  from_date: field(),
  from_time: field(),
  until_date: field(),
  until_time: field(),
  stand_in_id: field(),
  note: field(2_000),
});

/** `POST /away/save`: enters or changes an absence. Shows the page again, with what was typed, if something is invalid. */
export function saveAbsence(services: Services): RequestHandler {
  const { store, recordAudit, now } = services;
  return async (request, response) => {
    const { id = null, ...fields } = parseForm(SaveForm, request, BACK_TO_AWAY);
    const loaded = await loadAbsences(services, response);
    const { timeZone, people, names, isAdministrator, myUserId } = loaded;
    const known = [...loaded.absences.now, ...loaded.absences.later];
    if (id !== null && !known.some((absence) => absence.id === id && canChange(absence, loaded)))
      throw absenceNotFound();

    const { absence, errors } = checkAbsence(fields, {
      timeZone,
      personIds: new Set(isAdministrator ? people.map((person) => person.id) : [myUserId]),
      standInIds: new Set(people.filter(({ canStandIn }) => canStandIn).map((person) => person.id)),
      now: now(),
    });
    if (errors) {
      response.status(400).send(renderAway(services, response, loaded, { id, fields, errors }));
      return;
    }
    const context = auditContext(request, response);
    if (id === null && known.length >= MAX_ABSENCES)
      throw new InvalidRequestError("Your firm has too many absences. Remove some of them first.", {
        next: BACK_TO_AWAY,
      });
    if (id === null) await store.absences.add(context.firmId, absence);
    else await store.absences.update(context.firmId, { ...absence, id });
    const detail = `${nameOf(absence.userId, names)}, ${formatAbsence(absence, timeZone.name)}`;
    await recordAudit({ ...context, kind: id === null ? "absence_added" : "absence_changed", detail });
    response.redirect(303, "/away");
  };
}

const EndForm = z.object({ id: textParameter(40) });

/** `POST /away/end`: ends an absence now; one that hasn't begun is removed. */
export function endAbsence(services: Services): RequestHandler {
  const { store, recordAudit, now } = services;
  return async (request, response) => {
    const { id } = parseForm(EndForm, request, BACK_TO_AWAY);
    const loaded = await loadAbsences(services, response);
    const context = auditContext(request, response);
    const listed = [...loaded.absences.now, ...loaded.absences.later].find((one) => one.id === id);
    if (!listed || !canChange(listed, loaded)) throw absenceNotFound();
    await store.absences.remove(context.firmId, id);
    const kind = listed.from <= now() ? "absence_ended" : "absence_removed";
    const detail = `${nameOf(listed.userId, loaded.names)}, ${formatAbsence(listed, loaded.timeZone.name)}`;
    await recordAudit({ ...context, kind, detail });
    response.redirect(303, "/away");
  };
}
