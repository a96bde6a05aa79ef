import express, { Router } from "express";
import { z } from "zod";
import { company, matter, user } from "../firms/firm.ts";
import { calendarEntry } from "../firms/firm-calendars.ts";
import type { FirmChanges } from "../firms/firm-changes.ts";
import { relationship } from "../firms/firm-relationships.ts";
import { isRecurrenceRule } from "../firms/recurrence.ts";

const ChangeList = z.array(
  z.strictObject({
    kind: z.enum(["contact", "matter", "user", "relationship", "calendar_entry"]),
    change: z.enum(["update", "add", "remove"]),
    id: z.int(),
    record: z.record(z.string(), z.unknown()).default({}),
  }),
);

type RequestedChange = z.infer<typeof ChangeList>[number];

/** Default values of an added record; null where a field may be empty. */
const BLANK_RECORDS = {
  contact: () => company(0, "", { more: { type: "Person" } }),
  matter: () => matter(0, 0, BLANK_RECORDS.contact(), "", { open_date: null, last_activity_date: null }),
  user: () => user(0, ""),
  relationship: () => relationship(0, 0, 0),
  calendar_entry: () => calendarEntry(0, 0),
};

const ALLOWED_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  type: ["Person", "Company"],
  status: ["Open", "Pending", "Closed"],
};

/**
 * Lets another process change records: `POST /sandbox/changes` with a JSON list such as
 * `[{ "kind": "contact", "change": "update", "id": 5, "record": { "name": "Jane Doe" } }]`. The changes are made in the
 * order given. `?account=` selects the firm by its account ID; the default is the first firm.
 *
 * Responds with 204, or with 400 at the first change that fails; the changes before it stay.
 */
export function changesControl(changesOf: (accountId?: number) => FirmChanges): Router {
  const router = Router();
  router.post("/sandbox/changes", express.json({ limit: "100mb" }), (request, response) => {
    const { data: changes, error } = ChangeList.safeParse(request.body);
    if (error) {
      response.status(400).json({ error: z.prettifyError(error) });
      return;
    }
    let applied = 0;
    try {
      const { account } = request.query;
      const firm = changesOf(account === undefined ? undefined : Number(account));
      for (const { change, kind, id, record } of changes) {
        APPLY[`${change} ${kind}`](firm, id, parseRecord(kind, record));
        applied += 1;
      }
      response.status(204).end();
    } catch (error) {
      response.status(400).json({ error: `[${applied}] ${(error as Error).message}` });
    }
  });
  return router;
}

/** How to apply each change. `parseRecord` has checked the values. */
const APPLY: Readonly<
  Record<
    `${RequestedChange["change"]} ${RequestedChange["kind"]}`,
    (firm: FirmChanges, id: number, values: object) => unknown
  >
> = {
  "update contact": (firm, id, values) => firm.contact(id, values),
  "update matter": (firm, id, values) => firm.matter(id, values),
  "update user": (firm, id, values) => firm.user(id, values),
  "add contact": (firm, id, values) => firm.addContact({ ...BLANK_RECORDS.contact(), ...values, id }),
  "add matter": (firm, id, values) => firm.addMatter({ ...BLANK_RECORDS.matter(), ...values, id }),
  "add user": (firm, id, values) => firm.addUser({ ...BLANK_RECORDS.user(), ...values, id }),
  "remove contact": (firm, id) => firm.removeContact(id),
  "remove matter": (firm, id) => firm.removeMatter(id),
  "update relationship": (firm, id, values) => firm.relationship(id, values),
  "add relationship": (firm, id, values) =>
    firm.addRelationship({ ...BLANK_RECORDS.relationship(), ...values, id }),
  "remove relationship": (firm, id) => firm.removeRelationship(id),
  "update calendar_entry": (firm, id, values) => firm.calendarEntry(id, values),
  "add calendar_entry": (firm, id, values) =>
    firm.addCalendarEntry({ ...BLANK_RECORDS.calendar_entry(), ...values, id }),
  "remove calendar_entry": (firm, id) => firm.removeCalendarEntry(id),
  "remove user": () => {
    throw new Error("a user cannot be removed, only disabled");
  },
};

/** The values as a firm stores them. Throws for an unknown field and for a value of the wrong type. */
function parseRecord(kind: RequestedChange["kind"], record: RequestedChange["record"]): object {
  const blank = new Map<string, unknown>(Object.entries(BLANK_RECORDS[kind]()));
  const values = Object.entries(record).map(([name, value]) => {
    if (!blank.has(name)) throw new Error(`a ${kind} has no ${name}`);
    const usual = blank.get(name);
    const allowed = ALLOWED_VALUES[name];
    if (name === "recurrence_rule" && typeof value === "string" && !isRecurrenceRule(value)) {
      throw new Error(`the sandbox doesn't support the recurrence rule ${value}`);
    }
    const isValid = allowed ? allowed.includes(value) : usual === null || typeOf(value) === typeOf(usual);
    if (!isValid) throw new Error(`${JSON.stringify(value)} is not a valid ${name} of a ${kind}`);
    return [name, usual instanceof Set ? new Set(value as unknown[]) : value];
  });
  return Object.fromEntries(values);
}

/** A set counts as a list, because JSON has no sets. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) || value instanceof Set ? "list" : typeof value;
}
