import type { RuleProblem, TransferRule } from "../calls/transfer/rule.ts";
import type { FormField } from "./upfirst-actions.ts";

/** Each problem in a word or two, for a list. */
export const PROBLEM_MARKS: Record<RuleProblem, string> = {
  no_number: "No number",
  odd_number: "Number cannot be dialled",
  extension: "Extension",
  same_name: "Name held by two",
};

/** A transfer rule in the order of Upfirst's form: shown as people write it, copied as it is typed there. */
export function ruleFields(rule: TransferRule): FormField[] {
  return [
    { label: "Name", shown: rule.name, copied: rule.name },
    { label: "When to transfer", shown: rule.whenToTransfer, copied: rule.whenToTransfer },
    {
      label: "Message before transfer",
      shown: rule.messageBeforeTransfer,
      copied: rule.messageBeforeTransfer,
    },
    {
      label: "Transfer destination",
      shown: formatDestination(rule),
      copied: rule.destination,
    },
    {
      label: "Warm or cold transfer",
      shown: `Warm: brief the person first. If they do not take it: ${rule.ifUnavailable.toLowerCase()}`,
      copied: null,
    },
    { label: "Caller ID display", shown: rule.callerIdDisplay, copied: null },
    { label: "If unavailable", shown: rule.ifUnavailable, copied: null },
    { label: "Time restrictions", shown: rule.timeRestrictions, copied: null },
  ];
}

/** All of it as text, for one copy. */
export function wholeRule(rule: TransferRule): string {
  return ruleFields(rule)
    .map(({ label, shown, copied }) => `${label}: ${copied ?? shown}`)
    .join("\n");
}

/** The number to transfer to, as people write it. */
export function formatDestination({ destinationShown, extension }: TransferRule): string {
  if (destinationShown === null) return "No phone number in Clio";
  return extension === null ? destinationShown : `${destinationShown}, extension ${extension}`;
}
