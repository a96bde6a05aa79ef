import type { Budget } from "../budget.ts";
import type { Contact } from "../calls/contact.ts";
import type { Matter, StaffRole } from "../calls/matter.ts";
import type { CallerNumber } from "../calls/phone-number.ts";
import { type SharedNumber, settleSharedNumber } from "../calls/shared-number.ts";
import { type WhoIsCalling, whoIsCalling, whoIsNamed } from "../calls/who-is-calling.ts";
import type { Settings } from "../settings.ts";
import type { Directory } from "./directory.ts";

/** What is known of a caller: the number, and what they said when asked. */
export interface CallerClues {
  readonly number: CallerNumber;
  readonly name: string | null;
  /** The matter they asked for. */
  readonly matter: string | null;
}

/** Who is calling, with what was read to find out. */
export interface FoundCaller {
  readonly caller: WhoIsCalling;
  /** Whoever of several with the number it is, this person takes the call. */
  readonly person: Extract<SharedNumber, { settledOn: "person" }> | null;
  /** The matters that had to be read to tell several apart, by contact. */
  readonly matters: ReadonlyMap<number, readonly Matter[]>;
}

type CallRules = Pick<Settings, "defaultCountry" | "routeByName"> & { staffRoles: readonly StaffRole[] };

/**
 * More contacts than this behind one number are a switchboard: asking for the matters of all of them would use up
 * Clio's limit for everybody else.
 */
const MOST_COMPARED = 10;

/**
 * Finds who is calling: by number and name, then, where several share the whole number, by what sets them apart in Clio;
 * and by full name alone where the firm wants that (`ROUTE_BY_NAME`) and the number says nothing.
 * Throws as the directory does.
 */
export async function findCaller(
  directory: Directory,
  rules: CallRules,
  clues: CallerClues,
  { firmId, budget }: { firmId: string; budget: Budget },
): Promise<FoundCaller> {
  const { number, name } = clues;
  const contacts = number.kind === "withheld" ? [] : await directory.contactsByNumber(firmId, number, budget);
  const caller = whoIsCalling({ number, name, contacts, defaultCountry: rules.defaultCountry });
  const nothingElse = { person: null, matters: new Map() };

  if (caller.outcome === "one") return { caller, ...nothingElse };
  if (caller.outcome === "several") {
    // People who merely share four digits have nothing to do with each other.
    if (caller.numberMatch === "last_4") return { caller, ...nothingElse };
    const matters = await mattersOfAll(directory, firmId, caller.candidates, budget);
    return settled(caller, matters, rules, clues);
  }
  if (!rules.routeByName || name === null) return { caller, ...nothingElse };
  const namesakes = await directory.contactsByName(firmId, name, budget);
  const named = whoIsNamed(name, namesakes);
  return { caller: named.outcome === "one" ? named : caller, ...nothingElse };
}

/** All at once: one after another they would not be in time. Null for a switchboard. */
async function mattersOfAll(
  directory: Directory,
  firmId: string,
  contacts: readonly Contact[],
  budget: Budget,
): Promise<Map<number, Matter[]> | null> {
  if (contacts.length > MOST_COMPARED) return null;
  const read = contacts.map(
    async ({ id }) => [id, await directory.mattersOf(firmId, id, budget)] as [number, Matter[]],
  );
  return new Map(await Promise.all(read));
}

function settled(
  caller: Extract<WhoIsCalling, { outcome: "several" }>,
  matters: Map<number, Matter[]> | null,
  { staffRoles }: CallRules,
  { matter: asked }: CallerClues,
): FoundCaller {
  const known = matters ?? new Map<number, Matter[]>();
  const shared = settleSharedNumber(
    caller.candidates,
    matters && { byContact: matters, staffRoles, asked },
    caller.withoutAreaCode,
  );
  if (shared.settledOn === "person") return { caller, person: shared, matters: known };
  if (shared.settledOn === null) return { caller, person: null, matters: known };
  const nameHelped = caller.candidates.length < caller.candidateCount;
  const { candidates, candidateCount } = caller;
  return {
    caller: {
      outcome: "one",
      contact: shared.contact,
      matchedOn: nameHelped ? "phone+name" : "phone",
      candidates,
      candidateCount,
    },
    person: null,
    matters: known,
  };
}
