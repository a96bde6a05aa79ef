import type { MirrorState, ReadProgress } from "../../mirror/mirror-state.ts";
import type { FirmOverview } from "./firm-overview.ts";

/**
 * The firms as JSON for scripts: one array, times in ISO 8601, unknown values null
 * (docs/reference/commands.md, "npm run firms").
 */
export function formatFirmsAsJson(overviews: readonly FirmOverview[]): string {
  const firms = overviews.map(({ firm, users, administrators, state, mirror }) => ({
    id: firm.id,
    name: firm.name,
    region: firm.region,
    admitted_at: formatIsoTime(firm.admittedAt),
    users,
    administrators,
    state,
    mirror: toMirrorJson(mirror),
    last_call_at: formatIsoTime(firm.lastCallAt),
  }));
  return `${escapeNonAscii(JSON.stringify(firms, null, 2))}\n`;
}

function toMirrorJson(state: MirrorState) {
  const copy = "checkedAt" in state ? state : null;
  const reading = "reading" in state ? state.reading : null;
  return {
    phase: state.phase,
    checked_at: formatIsoTime(copy?.checkedAt ?? null),
    records: copy?.records ?? null,
    reading: reading && toReadingJson(reading),
    trouble: "lastErrorCode" in state ? state.lastErrorCode : null,
  };
}

function toReadingJson({ read, total }: ReadProgress) {
  return { read, total };
}

function formatIsoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** The same JSON, safe to print at a terminal: `JSON.stringify` escapes only some control characters. */
function escapeNonAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
