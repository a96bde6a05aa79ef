import { formatCount, formatCountOf, formatUser } from "./format.ts";
import type { FirmStatus } from "./setup-status.ts";
import { SETUP_STEPS, type SetupStep } from "./setup-steps.ts";

/** A step as the page shows it, even while it is folded. */
export interface StepText {
  readonly step: SetupStep;
  readonly title: string;
  /** What there is to say of the step beside its state; may be empty. */
  readonly note: string;
}

const TITLES: Readonly<Record<SetupStep, string>> = {
  connect: "Connect Clio",
  key: "Create a key for Upfirst",
  action: "Add the custom action in Upfirst",
  rules: "Add the transfer rules in Upfirst",
  call: "Make a call",
};

export function describeSteps(status: FirmStatus): StepText[] {
  return SETUP_STEPS.map((step) => ({ step, title: TITLES[step], note: noteOf(step, status) }));
}

function noteOf(step: SetupStep, status: FirmStatus): string {
  const { states } = status.progress;
  if (step === "connect") return [lookupNote(status), syncNote(status)].filter(Boolean).join(" · ");
  if (step === "key") return status.keys.map(({ name }) => `“${name}”`).join(", ");
  if (step === "rules") return rulesNote(status);
  if (step === "action" && states.action === "done") return "Upfirst's request has arrived";
  return "";
}

/** `1 of 14 rules added` */
function rulesNote({ transferRules }: FirmStatus): string {
  if (transferRules === null || transferRules.addedCount === 0) return "";
  const { addedCount, neededCount } = transferRules;
  if (neededCount === null) return `${formatCountOf(addedCount, "rule")} added`;
  return `${formatCount(addedCount)} of ${formatCountOf(neededCount, "rule")} added`;
}

function lookupNote({ connections, lookupUserId }: FirmStatus): string {
  const lookupAccount = connections.find(({ userId }) => userId === lookupUserId);
  return lookupAccount ? `through ${formatUser(lookupAccount)}` : "";
}

function syncNote({ directory: { state } }: FirmStatus): string {
  if (!("reading" in state) || !state.reading?.total) return "";
  return `copying contacts and matters: ${Math.floor((state.reading.read / state.reading.total) * 100)}%`;
}
