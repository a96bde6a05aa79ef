/** The steps from the first sign-in to the first call, in order. */
export const SETUP_STEPS = ["connect", "key", "action", "rules", "call"] as const;

export type SetupStep = (typeof SETUP_STEPS)[number];

/** `trouble` is a step that has to be repaired before the next one makes sense. */
export type StepState = "done" | "next" | "later" | "trouble";

/** What the state of the steps depends on. Times are epoch milliseconds. */
export interface SetupFacts {
  readonly hasLookupAccount: boolean;
  /** Whether the firm's data has never been read, because of an error that doesn't go away by itself. */
  readonly isSyncBlocked: boolean;
  readonly hasKey: boolean;
  /** The last request from Upfirst; null if there was none. */
  readonly lastRequestAt: number | null;
  /** When an administrator said that the transfer rules are in Upfirst; null before that. */
  readonly transferRulesAddedAt: number | null;
}

export interface SetupProgress {
  readonly states: Readonly<Record<SetupStep, StepState>>;
  /** The step to do now; null when all are done. */
  readonly current: SetupStep | null;
  readonly doneCount: number;
}

/**
 * Which steps are done, and which one is next. A request from Upfirst proves that the custom action works, because Upfirst
 * sends one when its form is tested. Only a request after the transfer rules were added can be a call that reaches a person.
 */
export function setupProgress(facts: SetupFacts): SetupProgress {
  const { hasLookupAccount, isSyncBlocked, hasKey, lastRequestAt, transferRulesAddedAt } = facts;
  const isDone: Record<SetupStep, boolean> = {
    connect: hasLookupAccount && !isSyncBlocked,
    key: hasKey,
    action: lastRequestAt !== null,
    rules: transferRulesAddedAt !== null,
    call: lastRequestAt !== null && transferRulesAddedAt !== null && lastRequestAt > transferRulesAddedAt,
  };
  const current = SETUP_STEPS.find((step) => !isDone[step]) ?? null;
  const stateOf = (step: SetupStep): StepState => {
    if (isDone[step]) return "done";
    if (step !== current) return "later";
    return step === "connect" ? "trouble" : "next";
  };
  const states = Object.fromEntries(SETUP_STEPS.map((step) => [step, stateOf(step)])) as Record<
    SetupStep,
    StepState
  >;
  return { states, current, doneCount: SETUP_STEPS.filter((step) => isDone[step]).length };
}
