import { z } from "zod";
import type { Call } from "./calls.ts";

/** What came of one call. */
export interface Outcome {
  /** The Clio user whom the caller is transferred to. */
  readonly person: number | null;
  /** The contact who was taken for the caller. */
  readonly contact: number | null;
  /** Nobody, and a question to the caller. */
  readonly askedBack: boolean;
  readonly milliseconds: number;
}

/** A way to find out who takes a call. */
export type Way = (call: Call) => Promise<Outcome>;

const Id = z.number().int();
const Contacts = z.object({ data: z.array(z.object({ id: Id })) });
const Matters = z.object({ data: z.array(z.object({ responsible_staff: z.object({ id: Id }).nullable() })) });
const RouteCall = z.object({
  found: z.boolean(),
  data: z.object({
    contact: z.object({ id: Id }).nullable(),
    responsible_staff: z.object({ id: Id }).nullable(),
  }),
  message: z.string(),
});

/** The guide's two requests, word for word; of each answer the first record, as the receptionist gets it. */
export function directRecipe(clioUrl: string, accessToken: string): Way {
  const contactFields = "id,name,first_name,last_name,type,phone_numbers";
  const matterFields = "id,display_number,description,responsible_staff{id,name,email,phone_number}";
  return async ({ lastFour }) => {
    const started = performance.now();
    const contacts = await ask(
      `${clioUrl}/api/v4/contacts.json?query=${lastFour}&fields=${contactFields}`,
      accessToken,
      Contacts,
    );
    const contact = contacts.data[0]?.id ?? null;
    const matters =
      contact === null
        ? null
        : await ask(
            `${clioUrl}/api/v4/matters?client_id=${contact}&fields=${matterFields}`,
            accessToken,
            Matters,
          );
    const milliseconds = performance.now() - started;
    const person = matters?.data[0]?.responsible_staff?.id ?? null;
    return { person, contact, askedBack: false, milliseconds };
  };
}

/** `GET /route-call`, told that much of the caller. */
export function routeCall(
  serviceUrl: string,
  key: string,
  told: (call: Call) => { caller_id: string; name?: string },
): Way {
  return async (call) => {
    const query = new URLSearchParams(told(call));
    const started = performance.now();
    const { found, data, message } = await ask(`${serviceUrl}/route-call?${query}`, key, RouteCall);
    const milliseconds = performance.now() - started;
    const contact = data.contact?.id ?? null;
    const person = found ? (data.responsible_staff?.id ?? null) : null;
    return { person, contact, askedBack: !found && contact === null && asks(message), milliseconds };
  };
}

/** Whether the receptionist is told to ask the caller something, as against taking a message. */
function asks(message: string): boolean {
  return /\bask\b/i.test(message);
}

async function ask<T>(url: string, bearer: string, answer: z.ZodType<T>): Promise<T> {
  const response = await fetch(url, { headers: { Authorization: `Bearer ${bearer}` } });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`${new URL(url).pathname} answered ${response.status}: ${text}`);
  return answer.parse(JSON.parse(text));
}
