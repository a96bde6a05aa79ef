import { z } from "zod";
import type { Call } from "./simulated-calls.ts";

/** The result of one call. */
export interface Outcome {
  /** The Clio user the caller is transferred to. */
  readonly person: number | null;
  /** The contact the caller was identified as. */
  readonly contact: number | null;
  /** No one, and the receptionist asks the caller a question. */
  readonly askedBack: boolean;
  readonly latencyMs: number;
}

/** Finds out who takes a call. */
export type LookupMethod = (call: Call) => Promise<Outcome>;

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

/** The baseline: the two requests of Upfirst's guide as written, and the first record of each response. */
export function guideRecipe(clioUrl: string, accessToken: string): LookupMethod {
  const contactFields = "id,name,first_name,last_name,type,phone_numbers";
  const matterFields = "id,display_number,description,responsible_staff{id,name,email,phone_number}";
  return async ({ lastFour }) => {
    const started = performance.now();
    const contacts = await getJson(
      `${clioUrl}/api/v4/contacts.json?query=${lastFour}&fields=${contactFields}`,
      accessToken,
      Contacts,
    );
    const contact = contacts.data[0]?.id ?? null;
    const matters =
      contact === null
        ? null
        : await getJson(
            `${clioUrl}/api/v4/matters?client_id=${contact}&fields=${matterFields}`,
            accessToken,
            Matters,
          );
    const latencyMs = performance.now() - started;
    const person = matters?.data[0]?.responsible_staff?.id ?? null;
    return { person, contact, askedBack: false, latencyMs };
  };
}

/** `GET /route-call` with the given parameters. */
export function routeCallMethod(
  serviceUrl: string,
  key: string,
  parametersOf: (call: Call) => { caller_id: string; name?: string },
): LookupMethod {
  return async (call) => {
    const query = new URLSearchParams(parametersOf(call));
    const started = performance.now();
    const { found, data, message } = await getJson(`${serviceUrl}/route-call?${query}`, key, RouteCall);
    const latencyMs = performance.now() - started;
    const contact = data.contact?.id ?? null;
    const person = found ? (data.responsible_staff?.id ?? null) : null;
    return { person, contact, askedBack: !found && contact === null && saysToAsk(message), latencyMs };
  };
}

/** Whether the message says to ask the caller something rather than to take a message. */
function saysToAsk(message: string): boolean {
  return /\bask\b/i.test(message);
}

async function getJson<T>(url: string, bearer: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(url, { headers: { Authorization: `Bearer ${bearer}` } });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`${new URL(url).pathname} responded with ${response.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}
