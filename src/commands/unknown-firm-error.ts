import type { Firm } from "../store/repositories/firms.ts";
import { formatCountOf } from "../views/format.ts";
import { CommandError } from "./command-error.ts";

const MAX_LISTED_IDS = 10;

/** A firm's ID was given that no firm has. The message lists the firms that exist. */
export class UnknownFirmError extends CommandError {
  override readonly name = "UnknownFirmError";

  constructor(firmId: string, firms: readonly Firm[]) {
    super(`There is no firm ${JSON.stringify(firmId)}. ${formatFirmIds(firms)}`, 2);
  }
}

function formatFirmIds(firms: readonly Firm[]): string {
  if (firms.length === 0) return "No firm is connected yet.";
  if (firms.length <= MAX_LISTED_IDS) return `Firms: ${firms.map(({ id }) => id).join(", ")}.`;
  return `To list all ${formatCountOf(firms.length, "firm")}, run: npm run firms`;
}
