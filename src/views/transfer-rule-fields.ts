import type { RuleProblem, TransferRule } from "../calls/transfer/rule.ts";
import type { FormField } from "./form-field.ts";

/** Each problem in a word or two, for a list. */
export const PROBLEM_LABELS: Record<RuleProblem, string> = {
  no_number: "No phone number",
  invalid_number: "Invalid number",
  extension: "Extension",
  duplicate_name: "Duplicate name",
};

/** A transfer rule in the order of Upfirst's form. */
export function transferRuleFields(rule: TransferRule): FormField[] {
  return [
    { label: "Name", displayText: rule.name, copyText: rule.name },
    { label: "When to transfer", displayText: rule.whenToTransfer, copyText: rule.whenToTransfer },
    {
      label: "Message before transfer",
      displayText: rule.messageBeforeTransfer,
      copyText: rule.messageBeforeTransfer,
    },
    {
      label: "Transfer destination",
      displayText: formatDestination(rule),
      copyText: rule.destination,
    },
    {
      label: "Warm or cold transfer",
      displayText: `Warm (brief the person first). If they don't answer: ${rule.ifUnavailable.toLowerCase()}`,
      copyText: null,
    },
    { label: "Caller ID display", displayText: rule.callerIdDisplay, copyText: null },
    { label: "If unavailable", displayText: rule.ifUnavailable, copyText: null },
    { label: "Time restrictions", displayText: rule.timeRestrictions, copyText: null },
  ];
}

/** The whole rule as text, one field a line. */
export function formatTransferRule(rule: TransferRule): string {
  return transferRuleFields(rule)
    .map(({ label, displayText, copyText }) => `${label}: ${copyText ?? displayText}`)
    .join("\n");
}

/** The number to transfer to, formatted for reading. */
export function formatDestination({ formattedDestination, extension }: TransferRule): string {
  if (formattedDestination === null) return "No phone number in Clio";
  return extension === null ? formattedDestination : `${formattedDestination}, extension ${extension}`;
}
