import type { RuleChange } from "../calls/transfer/checklist.ts";
import type { RuleProblem, TransferRule } from "../calls/transfer/rule.ts";
import type { FormField } from "./form-field.ts";

/** Each problem in a word or two, for a list. */
export const PROBLEM_LABELS: Record<RuleProblem, string> = {
  no_number: "No phone number",
  invalid_number: "Invalid number",
  extension: "Extension",
  duplicate_name: "Duplicate name",
};

/** Where the form for transfer rules is in Upfirst. */
export const TRANSFER_RULES_PLACE = "Agent › Transfer calls › Add transferring rule";

/** A transfer rule in the order of Upfirst's form. */
export function transferRuleFields(rule: TransferRule): FormField[] {
  return [
    text(LABELS.name, rule.name),
    text("When to transfer", rule.whenToTransfer),
    text("Message before transfer", rule.messageBeforeTransfer),
    {
      label: LABELS.destination,
      displayText: formatDestination(rule),
      copyText: rule.destination,
      ...(rule.dialingProblem === "extension" && {
        hint: "Copies the number without the extension, which Upfirst can't dial.",
      }),
    },
    {
      ...choice(
        "Warm or cold transfer",
        `Warm (brief the person first). If they don't answer: ${rule.ifUnavailable.toLowerCase()}`,
        ["Warm", "Cold"],
        "Warm",
      ),
      hint: `Warm: brief the person first. If they don't answer: ${rule.ifUnavailable.toLowerCase()}.`,
    },
    choice(
      "Caller ID display",
      rule.callerIdDisplay,
      [rule.callerIdDisplay, "Upfirst's number"],
      rule.callerIdDisplay,
    ),
    choice("If unavailable", rule.ifUnavailable, [rule.ifUnavailable, "Voicemail"], rule.ifUnavailable),
    { label: "Time restrictions", displayText: rule.timeRestrictions, copyText: null },
  ];
}

const LABELS: Record<RuleChange["field"], string> = {
  name: "Name",
  destination: "Transfer destination",
  extension: "Extension",
};

/** A value that changed, in the words of Upfirst's form. */
export function describeRuleChange({ field, before, now }: RuleChange): {
  label: string;
  before: string;
  now: string;
} {
  return { label: LABELS[field], before: before ?? "none", now: now ?? "none" };
}

function text(label: string, value: string): FormField {
  return { label, displayText: value, copyText: value };
}

function choice(label: string, displayText: string, options: string[], selected: string): FormField {
  return {
    label,
    displayText,
    copyText: null,
    options: options.map((option) => ({ text: option, isSelected: option === selected })),
  };
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
