import express, { Router } from "express";
import { z } from "zod";
import { company, matter, user } from "./firms/firm.ts";
import type { FirmChanges } from "./firms/firm-changes.ts";

const Changes = z.array(
  z.strictObject({
    kind: z.enum(["contact", "matter", "user"]),
    change: z.enum(["update", "add", "remove"]),
    id: z.int(),
    record: z.record(z.string(), z.unknown()).default({}),
  }),
);

type AskedChange = z.infer<typeof Changes>[number];

/** What an added record has where nothing else is said; null where it may have nothing. */
const BLANK = {
  contact: () => company(0, "", { more: { type: "Person" } }),
  matter: () => matter(0, 0, BLANK.contact(), "", { open_date: null, last_activity_date: null }),
  user: () => user(0, ""),
};

/** The values that a field can have, where they are few. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  type: ["Person", "Company"],
  status: ["Open", "Pending", "Closed"],
};

/**
 * `POST /sandbox/changes` with a list of changes as JSON, made in that order, for whoever runs in another process:
 * `[{ "kind": "contact", "change": "update", "id": 5, "record": { "name": "Jane Doe" } }]`. `?account=` names the
 * firm; default the first. Answers 204, or 400 at the first change that cannot be made; those before it are.
 */
export function changeControls(changesOf: (accountId?: number) => FirmChanges): Router {
  const router = Router();
  router.post("/sandbox/changes", express.json({ limit: "100mb" }), (request, response) => {
    const { data: changes, error } = Changes.safeParse(request.body);
    if (error) {
      response.status(400).json({ error: z.prettifyError(error) });
      return;
    }
    let made = 0;
    try {
      const { account } = request.query;
      const firm = changesOf(account === undefined ? undefined : Number(account));
      for (const { change, kind, id, record } of changes) {
        WAYS[`${change} ${kind}`](firm, id, valuesIn(kind, record));
        made += 1;
      }
      response.status(204).end();
    } catch (error) {
      response.status(400).json({ error: `[${made}] ${(error as Error).message}` });
    }
  });
  return router;
}

/** How each change is made; the values are checked by then. */
const WAYS: Readonly<
  Record<
    `${AskedChange["change"]} ${AskedChange["kind"]}`,
    (firm: FirmChanges, id: number, values: object) => unknown
  >
> = {
  "update contact": (firm, id, values) => firm.contact(id, values),
  "update matter": (firm, id, values) => firm.matter(id, values),
  "update user": (firm, id, values) => firm.user(id, values),
  "add contact": (firm, id, values) => firm.addContact({ ...BLANK.contact(), ...values, id }),
  "add matter": (firm, id, values) => firm.addMatter({ ...BLANK.matter(), ...values, id }),
  "add user": (firm, id, values) => firm.addUser({ ...BLANK.user(), ...values, id }),
  "remove contact": (firm, id) => firm.removeContact(id),
  "remove matter": (firm, id) => firm.removeMatter(id),
  "remove user": () => {
    throw new Error("a user cannot be removed, only disabled");
  },
};

/** The values as the firm holds them. Throws for a name that no such record has, and for a value of another kind. */
function valuesIn(kind: AskedChange["kind"], record: AskedChange["record"]): object {
  const blank = new Map<string, unknown>(Object.entries(BLANK[kind]()));
  const values = Object.entries(record).map(([name, value]) => {
    if (!blank.has(name)) throw new Error(`a ${kind} has no ${name}`);
    const usual = blank.get(name);
    const choices = CHOICES[name];
    const fits = choices ? choices.includes(value) : usual === null || kindOf(value) === kindOf(usual);
    if (!fits) throw new Error(`${JSON.stringify(value)} is no ${name} of a ${kind}`);
    return [name, usual instanceof Set ? new Set(value as unknown[]) : value];
  });
  return Object.fromEntries(values);
}

/** Sets come as lists. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) || value instanceof Set ? "list" : typeof value;
}
