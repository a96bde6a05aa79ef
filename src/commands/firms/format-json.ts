import type { MirrorState, ReadProgress } from "../../mirror/mirror-state.ts";
import type { FirmOverview } from "./firm-overview.ts";

/** The firms as JSON for scripts: one array, times in ISO 8601, what is not known null. */
export function formatFirmsAsJson(overviews: readonly FirmOverview[]): string {
  const firms = overviews.map(({ firm, users, state, mirror }) => ({
    id: firm.id,
    name: firm.name,
    region: firm.region,
    admitted_at: timeOf(firm.admittedAt),
    users,
    state,
    mirror: mirrorJson(mirror),
    last_call_at: timeOf(firm.lastCallAt),
  }));
  return `${inAscii(JSON.stringify(firms, null, 2))}\n`;
}

function mirrorJson(state: MirrorState) {
  const copy = "checkedAt" in state ? state : null;
  const reading = "reading" in state ? state.reading : null;
  return {
    phase: state.phase,
    checked_at: timeOf(copy?.checkedAt ?? null),
    records: copy?.records ?? null,
    reading: reading && readingJson(reading),
    trouble: "lastErrorCode" in state ? state.lastErrorCode : null,
  };
}

function readingJson({ read, total }: ReadProgress) {
  return { read, total };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** The same JSON, fit for a terminal too: `JSON.stringify` escapes but a part of the control characters. */
function inAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
