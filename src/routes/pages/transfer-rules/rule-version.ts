import { createHash } from "node:crypto";
import { type RuleValues, valuesOf } from "../../../calls/transfer/added-rule.ts";

/** Identifies what a rule said on a page, so that a form can't confirm other values than the user saw. */
export function ruleVersion(values: RuleValues): string {
  const { name, destination, extension } = valuesOf(values);
  return createHash("sha256")
    .update(JSON.stringify([name, destination, extension]))
    .digest("base64url")
    .slice(0, 22);
}
