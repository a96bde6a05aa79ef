import { quantile } from "../harness/measurement.ts";
import type { LookupMethod, Outcome } from "./lookup-methods.ts";
import type { Call, KnownCall, Typing } from "./simulated-calls.ts";

/** How a call from a contact ended. `right`: the right person, or no one when no one takes this caller's calls. */
export type Verdict = "right" | "wrong" | "asked back" | "missed";

export interface JudgedCall {
  readonly call: KnownCall;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  readonly clioRequests: number;
}

export interface StrangerCall {
  readonly call: Call;
  readonly outcome: Outcome;
  readonly clioRequests: number;
}

/** The results of one lookup method for all calls to one firm. */
export interface CallTally {
  readonly calls: number;
  /** Transferred to the right person. */
  readonly rightPerson: number;
  /** Not transferred, because no one takes calls for the caller's matters. */
  readonly rightlyNotTransferred: number;
  readonly wrong: number;
  readonly askedBack: number;
  /** Not transferred, although someone takes calls for the caller's matters. */
  readonly missed: number;
  /** Of `rightPerson`: right only by the rules for shared numbers, not by the caller's own matters. */
  readonly byTheSharedNumber: number;
  /** The caller was identified as another contact, whoever takes the call. */
  readonly anotherContact: number;
  /** Of `wrong`, by how the caller's number is typed in Clio. */
  readonly wrongByTyping: Readonly<Record<Typing, number>>;
  /** Callers with a unique number and a person for their calls, by how the number is typed in Clio. */
  readonly uniqueNumber: Readonly<Record<Typing, { calls: number; right: number }>>;
  readonly misheard: { readonly calls: number; readonly right: number; readonly wrong: number };
  readonly clioRequests: { readonly mean: number; readonly max: number };
  /** Clio requests for callers with a unique number. */
  readonly uniqueNumberRequests: {
    readonly calls: number;
    readonly moreThanThree: number;
    readonly max: number;
  };
  readonly medianLatencyMs: number;
}

export interface StrangerTally {
  readonly calls: number;
  /** Transferred to someone. */
  readonly routed: number;
  /** Identified as a contact, whether or not anyone takes the call. */
  readonly takenForAContact: number;
  readonly askedBack: number;
}

/**
 * Judges the outcome of a call.
 * @param isNamed whether the method knew the caller's name; the caller's own matters then count, even for a shared number
 */
export function verdictOf(call: KnownCall, { person, askedBack }: Outcome, isNamed: boolean): Verdict {
  if (person !== null) {
    return person === call.ownPerson || (!isNamed && person === call.sharedNumberPerson) ? "right" : "wrong";
  }
  if (askedBack) return "asked back";
  return call.ownPerson === null ? "right" : "missed";
}

/** Places the calls one after another, so that latency and requests can be attributed to each. */
export async function placeCalls<C extends Call>(
  calls: readonly C[],
  method: LookupMethod,
  clioRequestsSoFar: () => number,
): Promise<{ call: C; outcome: Outcome; clioRequests: number }[]> {
  const placed = [];
  for (const call of calls) {
    const before = clioRequestsSoFar();
    const outcome = await method(call);
    placed.push({ call, outcome, clioRequests: clioRequestsSoFar() - before });
  }
  return placed;
}

export function tallyCalls(calls: readonly JudgedCall[]): CallTally {
  const count = (holds: (call: JudgedCall) => boolean) => calls.filter(holds).length;
  const wrong = (call: JudgedCall) => call.verdict === "wrong";
  const right = (call: JudgedCall) => call.verdict === "right";
  const withUniqueNumber = calls.filter(({ call }) => call.isUnique);
  return {
    calls: calls.length,
    rightPerson: count((one) => right(one) && one.outcome.person !== null),
    rightlyNotTransferred: count((one) => right(one) && one.outcome.person === null),
    wrong: count(wrong),
    askedBack: count(({ verdict }) => verdict === "asked back"),
    missed: count(({ verdict }) => verdict === "missed"),
    byTheSharedNumber: count((one) => right(one) && one.outcome.person !== one.call.ownPerson),
    anotherContact: count(
      ({ call, outcome }) => outcome.contact !== null && outcome.contact !== call.contact.id,
    ),
    wrongByTyping: byTyping((typing) => count((one) => wrong(one) && one.call.typing === typing)),
    uniqueNumber: byTyping((typing) => {
      const answered = withUniqueNumber.filter(
        ({ call }) => call.typing === typing && call.ownPerson !== null,
      );
      return { calls: answered.length, right: answered.filter(right).length };
    }),
    misheard: {
      calls: count(({ call }) => call.misheard),
      right: count((one) => one.call.misheard && right(one)),
      wrong: count((one) => one.call.misheard && wrong(one)),
    },
    clioRequests: {
      mean: calls.reduce((sum, { clioRequests }) => sum + clioRequests, 0) / calls.length,
      max: Math.max(...calls.map(({ clioRequests }) => clioRequests)),
    },
    uniqueNumberRequests: {
      calls: withUniqueNumber.length,
      moreThanThree: withUniqueNumber.filter(({ clioRequests }) => clioRequests > 3).length,
      max: Math.max(0, ...withUniqueNumber.map(({ clioRequests }) => clioRequests)),
    },
    medianLatencyMs: quantile(
      calls.map(({ outcome }) => outcome.latencyMs),
      0.5,
    ),
  };
}

export function tallyStrangers(calls: readonly StrangerCall[]): StrangerTally {
  return {
    calls: calls.length,
    routed: calls.filter(({ outcome }) => outcome.person !== null).length,
    takenForAContact: calls.filter(({ outcome }) => outcome.contact !== null).length,
    askedBack: calls.filter(({ outcome }) => outcome.askedBack).length,
  };
}

function byTyping<T>(count: (typing: Typing) => T): Record<Typing, T> {
  return {
    complete: count("complete"),
    split: count("split"),
    short: count("short"),
    housemate: count("housemate"),
  };
}
