import type { Firm } from "../store/repositories/firms.ts";
import { sanitizeForTerminal } from "./sanitize-for-terminal.ts";

/** A firm as its operator knows it: `Hollis & Vance LLP (us-12345)`. The name comes from Clio, so it is sanitized. */
export function formatFirm({ name, id }: Pick<Firm, "name" | "id">): string {
  const shown = sanitizeForTerminal(name).trim();
  return shown ? `${shown} (${id})` : id;
}
