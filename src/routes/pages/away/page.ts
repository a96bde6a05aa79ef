import type { RequestHandler, Response } from "express";
import { z } from "zod";
import { type AbsenceFields, toAbsenceFields } from "../../../absences/absence-form.ts";
import { listAbsences } from "../../../absences/absence-list.ts";
import type { StaffMember } from "../../../calls/matter.ts";
import { transferDestination } from "../../../calls/transfer/destination.ts";
import type { Services } from "../../../container.ts";
import { NotFoundError } from "../../../errors.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import { openTimeZone, type TimeZone } from "../../../runtime/time-zone.ts";
import { type AbsenceForm, type AwayPage, type AwayPerson, canChange } from "../../../views/away-page.ts";
import { parseQuery } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";

const AwayQuery = z.object({ edit: textParameter(40).optional() });

/** `GET /away`: who is away now and later, who stands in, and a form to enter an absence. */
export function awayPage(services: Services): RequestHandler {
  return async (request, response) => {
    const { edit } = parseQuery(AwayQuery, request);
    const loaded = await loadAbsences(services, response);
    const form = edit === undefined ? newForm(loaded) : editForm(edit, loaded);
    response.send(renderAway(services, response, loaded, form));
  };
}

/** What `/away` and its forms need to know. */
export interface LoadedAbsences extends Omit<AwayPage, "csrf" | "form" | "timeZone"> {
  readonly timeZone: TimeZone;
}

export async function loadAbsences(services: Services, response: Response): Promise<LoadedAbsences> {
  const { store, settings, readFirmUsers, mirrorRequirements, now } = services;
  const { firm, connection, isAdministrator } = currentUser(response);
  const hasCalendars = mirrorRequirements !== null;
  const readUsers = async () =>
    readFirmUsers(connection, await store.mirrors.findSummary(firm.id), contextOf(response));
  const [users, entered, calendar, addedRules] = await Promise.all([
    readUsers(),
    store.absences.listByFirm(firm.id),
    hasCalendars ? store.absenceCalendars.find(firm.id) : null,
    store.addedRules.listByFirm(firm.id),
  ]);
  const people = users.flatMap((user) => toPerson(user, services)).toSorted(byName);
  const standInIds = new Set(people.filter(({ canStandIn }) => canStandIn).map(({ id }) => id));
  const withRuleIds = new Set(addedRules.map(({ personId }) => personId));
  const fromCalendars = calendar?.entries?.absences ?? [];
  return {
    myUserId: connection.userId,
    isAdministrator,
    timeZone: openTimeZone(firm.timeZone ?? settings.timeZone),
    people,
    names: new Map(users.flatMap(({ id, name }) => (name?.trim() ? [[id, name.trim()]] : []))),
    absences: listAbsences({ entered, fromCalendars, standInIds, withRuleIds }, now()),
    calendar,
    hasCalendars,
  };
}

export function renderAway(
  { views }: Pick<Services, "views">,
  response: Response,
  loaded: LoadedAbsences,
  form: AbsenceForm,
): string {
  const { session } = currentUser(response);
  return views.away({ ...loaded, timeZone: loaded.timeZone.name, csrf: session.csrf, form });
}

/** The form for a new absence of the user. */
function newForm({ myUserId }: LoadedAbsences): AbsenceForm {
  const fields: AbsenceFields = {
    person_id: String(myUserId),
    from_date: "",
    from_time: "",
    until_date: "",
    until_time: "",
    stand_in_id: "",
    note: "",
  };
  return { id: null, fields, errors: {} };
}

/** The form for a new absence if that one is over, was removed or is someone else's. */
function editForm(id: string, loaded: LoadedAbsences): AbsenceForm {
  const { now, later } = loaded.absences;
  const absence = [...now, ...later].find((one) => one.id === id);
  if (!absence || !canChange(absence, loaded)) return newForm(loaded);
  return { id, fields: toAbsenceFields(absence, loaded.timeZone), errors: {} };
}

/** For an absence that is over, was removed, or is someone else's. */
export function absenceNotFound(): NotFoundError {
  return new NotFoundError("This absence is over, was removed, or belongs to someone else.", {
    title: "There is no such absence",
    next: { href: "/away", label: "Back to absences" },
  });
}

/** Nothing for a user who is disabled, or whom the receptionist can't announce. */
function toPerson({ id, name, enabled, phoneNumber }: StaffMember, { settings }: Services): AwayPerson[] {
  const shownName = name?.trim();
  if (enabled === false || !shownName) return [];
  const { dialingProblem } = transferDestination(phoneNumber, settings.defaultCountry);
  const canStandIn = dialingProblem !== "no_number" && dialingProblem !== "invalid_number";
  return [{ id, name: shownName, canStandIn }];
}

function byName(one: AwayPerson, other: AwayPerson): number {
  return one.name.localeCompare(other.name) || one.id - other.id;
}
