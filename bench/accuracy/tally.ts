import { quantile } from "../figure.ts";
import type { Call, KnownCall, Typing } from "./calls.ts";
import type { Outcome, Way } from "./ways.ts";

/** What a call from a contact came to. `right`: the right person, or nobody where nobody answers for the caller. */
export type Verdict = "right" | "wrong" | "asked back" | "nobody";

export interface JudgedCall {
  readonly call: KnownCall;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  readonly clioRequests: number;
}

export interface StrangersCall {
  readonly call: Call;
  readonly outcome: Outcome;
  readonly clioRequests: number;
}

/** What a way made of all calls to one firm. */
export interface Tally {
  readonly calls: number;
  /** A person, and the right one. */
  readonly rightPerson: number;
  /** Nobody, and rightly: nobody answers for the caller's matters. */
  readonly rightlyNobody: number;
  readonly wrong: number;
  readonly askedBack: number;
  /** Nobody, although somebody answers for the caller. */
  readonly nobody: number;
  /** Of `rightPerson`: not by the caller's own matters, but by those of whom the shared number is by the rules. */
  readonly byTheSharedNumber: number;
  /** Somebody else was taken for the caller, whoever takes the call then. */
  readonly anotherContact: number;
  /** Of `wrong`, by how the caller's number stands in Clio. */
  readonly wrongByTyping: Readonly<Record<Typing, number>>;
  /** Callers whose number is theirs alone and who have somebody, by how the number stands in Clio. */
  readonly alone: Readonly<Record<Typing, { calls: number; right: number }>>;
  readonly misheard: { readonly calls: number; readonly right: number; readonly wrong: number };
  readonly clioRequests: { readonly mean: number; readonly most: number };
  /** Of callers whose number is theirs alone: how many there are, and how many took more than two Clio requests. */
  readonly requestsForOne: { readonly calls: number; readonly moreThanTwo: number; readonly most: number };
  readonly medianMilliseconds: number;
}

export interface StrangersTally {
  readonly calls: number;
  /** Transferred to somebody. */
  readonly routed: number;
  /** A contact was taken for the stranger, whether or not anybody takes the call. */
  readonly takenForAContact: number;
  readonly askedBack: number;
}

/**
 * Whether the call got where it ought to.
 * @param named the caller's name was known: then it is their own matters that count, whoever else has the number
 */
export function verdictOf(call: KnownCall, { person, askedBack }: Outcome, named: boolean): Verdict {
  if (person !== null) {
    return person === call.own || (!named && person === call.sharedLine) ? "right" : "wrong";
  }
  if (askedBack) return "asked back";
  return call.own === null ? "right" : "nobody";
}

/** One call after another, so that each has its own time and its own requests. */
export async function placeCalls<C extends Call>(
  calls: readonly C[],
  way: Way,
  clioRequestsSoFar: () => number,
): Promise<{ call: C; outcome: Outcome; clioRequests: number }[]> {
  const placed = [];
  for (const call of calls) {
    const before = clioRequestsSoFar();
    const outcome = await way(call);
    placed.push({ call, outcome, clioRequests: clioRequestsSoFar() - before });
  }
  return placed;
}

export function tallied(calls: readonly JudgedCall[]): Tally {
  const count = (holds: (call: JudgedCall) => boolean) => calls.filter(holds).length;
  const wrong = (call: JudgedCall) => call.verdict === "wrong";
  const right = (call: JudgedCall) => call.verdict === "right";
  const onePersons = calls.filter(({ call }) => call.alone);
  return {
    calls: calls.length,
    rightPerson: count((one) => right(one) && one.outcome.person !== null),
    rightlyNobody: count((one) => right(one) && one.outcome.person === null),
    wrong: count(wrong),
    askedBack: count(({ verdict }) => verdict === "asked back"),
    nobody: count(({ verdict }) => verdict === "nobody"),
    byTheSharedNumber: count((one) => right(one) && one.outcome.person !== one.call.own),
    anotherContact: count(
      ({ call, outcome }) => outcome.contact !== null && outcome.contact !== call.contact.id,
    ),
    wrongByTyping: byTyping((typing) => count((one) => wrong(one) && one.call.typing === typing)),
    alone: byTyping((typing) => {
      const theirs = onePersons.filter(({ call }) => call.typing === typing && call.own !== null);
      return { calls: theirs.length, right: theirs.filter(right).length };
    }),
    misheard: {
      calls: count(({ call }) => call.misheard),
      right: count((one) => one.call.misheard && right(one)),
      wrong: count((one) => one.call.misheard && wrong(one)),
    },
    clioRequests: {
      mean: calls.reduce((sum, { clioRequests }) => sum + clioRequests, 0) / calls.length,
      most: Math.max(...calls.map(({ clioRequests }) => clioRequests)),
    },
    requestsForOne: {
      calls: onePersons.length,
      moreThanTwo: onePersons.filter(({ clioRequests }) => clioRequests > 2).length,
      most: Math.max(0, ...onePersons.map(({ clioRequests }) => clioRequests)),
    },
    medianMilliseconds: quantile(
      calls.map(({ outcome }) => outcome.milliseconds),
      0.5,
    ),
  };
}

export function talliedStrangers(calls: readonly StrangersCall[]): StrangersTally {
  return {
    calls: calls.length,
    routed: calls.filter(({ outcome }) => outcome.person !== null).length,
    takenForAContact: calls.filter(({ outcome }) => outcome.contact !== null).length,
    askedBack: calls.filter(({ outcome }) => outcome.askedBack).length,
  };
}

function byTyping<T>(figure: (typing: Typing) => T): Record<Typing, T> {
  return {
    complete: figure("complete"),
    split: figure("split"),
    short: figure("short"),
    housemate: figure("housemate"),
  };
}
