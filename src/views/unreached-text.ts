import type { UnreachedMatter } from "../calls/transfer/coverage.ts";

/** Why calls for a matter reach no one, as a sentence. */
export function describeUnreached({ reason, personName }: UnreachedMatter): string {
  const person = personName ?? "The assigned user";
  switch (reason) {
    case "no_staff":
      return "No one is assigned to take calls.";
    case "disabled_staff":
      return `${person} is disabled in Clio.`;
    case "no_number":
      return `${person} has no phone number in Clio.`;
    case "invalid_number":
      return `The phone number of ${person} in Clio can't be dialed.`;
  }
}
