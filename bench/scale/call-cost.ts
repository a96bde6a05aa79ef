import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { AbsenceCache } from "../../src/absences/absence-cache.ts";
import { NOBODY_AWAY } from "../../src/calls/absence.ts";
import { readPhoneNumber } from "../../src/calls/matching/phone-number.ts";
import { routeCall } from "../../src/calls/route-call.ts";
import { createMirrorDirectory } from "../../src/directory/mirror-directory.ts";
import { MirrorUsers } from "../../src/directory/mirror-users.ts";
import { mirrorFormatVersion } from "../../src/mirror/format-version.ts";
import { presentRoutedCall } from "../../src/routes/api/route-call.ts";
import { startContext } from "../../src/runtime/request-context.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { StoreLocation } from "../../src/store/store-location.ts";
import { startPostgres } from "../../testkit/postgres.ts";
import type { Measurement } from "../harness/measurement.ts";
import { COUNTRY, storeFirm } from "./stored-firm.ts";

const WARM_UP_CALLS = 5_000;
const RULES = {
  defaultCountry: COUNTRY,
  staffRoles: ["responsible_staff", "responsible_attorney"],
  greetByName: false,
  routeByName: false,
} as const;

/** The same total is spread over the firms, so that only the size differs. */
const SIZES = [
  { firms: 1, contacts: 1 },
  { firms: 1, contacts: 1_000 },
  { firms: 1, contacts: 100_000 },
  { firms: 100, contacts: 200 },
  { firms: 1_000, contacts: 50 },
];

/**
 * The CPU time of a routed call in the store, the directory and the rules, without HTTP, by the size of the firm and by the
 * number of firms.
 */
export async function callCost({ calls }: { calls: number }): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const size of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), "call-cost-"));
    try {
      const cost = await measure({ kind: "sqlite", path: join(folder, "router.db") }, size, calls);
      measurements.push(measurement("SQLite", size, cost));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const server = await startPostgres();
  try {
    for (const size of SIZES.filter(({ firms, contacts }) => firms * contacts <= 50_000)) {
      const url = await server.freshDatabase();
      const cost = await measure({ kind: "postgres", url }, size, calls);
      measurements.push(measurement("PostgreSQL", size, cost));
    }
  } finally {
    await server.close();
  }
  return measurements;
}

function measurement(engine: string, { firms, contacts }: (typeof SIZES)[number], value: number) {
  const name = `${engine}: ${firms === 1 ? "one firm" : `${firms} firms`} of ${contacts} contact${contacts === 1 ? "" : "s"}`;
  return { name: `${name}, CPU of a routed call`, value, unit: "µs" };
}

/** Resolves with microseconds of CPU time per call. */
async function measure(
  location: StoreLocation,
  { firms, contacts }: (typeof SIZES)[number],
  calls: number,
): Promise<number> {
  const store = await openStore(location, createSealer([new Uint8Array(32).fill(1)]));
  try {
    const callers: { firmId: string; number: string }[] = [];
    for (let at = 0; at < firms; at += 1) {
      const generated = generatedFirm({ contacts, seed: at + 1, firstUser: (at + 1) * 1_000 });
      const firmId = await storeFirm(store, generated);
      for (const lines of generated.lines.values())
        for (const { e164 } of lines) callers.push({ firmId, number: e164 });
    }
    return await measureCalls(store, callers, calls);
  } finally {
    await store.close();
  }
}

async function measureCalls(
  store: Store,
  callers: readonly { firmId: string; number: string }[],
  calls: number,
): Promise<number> {
  const openDirectory = createMirrorDirectory({
    relatedCallers: true,
    absenceCache: new AbsenceCache({ store, defaultTimeZone: "UTC", readsCalendars: true }),
    store,
    mirrorUsers: new MirrorUsers(store.mirrorRecords, COUNTRY),
    // A few of the generated numbers are typed in a way that can't be read.
    openLive: () => ({
      contactsByNumber: async () => [],
      contactsByName: async () => [],
      mattersOf: async () => [],
      relatedMattersOf: async () => [],
      absencesOf: async () => NOBODY_AWAY,
    }),
    upkeep: { recordChanges: async () => {}, schedule() {} },
    formatVersion: mirrorFormatVersion({ defaultCountry: COUNTRY, relatedCallers: true }),
    defaultCountry: COUNTRY,
    now: Date.now,
  });
  const random = seededRandom(1);
  const context = startContext(3_600_000);
  let found = 0;
  const call = async () => {
    const { firmId, number } = random.pick(callers);
    const caller = readPhoneNumber(number, COUNTRY);
    if (caller.kind === "unreadable") throw new Error(`unreadable: ${number}`);
    const routed = await routeCall(openDirectory(firmId, context), RULES, {
      number: caller,
      name: null,
      matter: null,
    });
    if (presentRoutedCall(routed, RULES).found) found += 1;
  };
  for (let at = 0; at < WARM_UP_CALLS; at += 1) await call();
  const before = process.cpuUsage();
  for (let at = 0; at < calls; at += 1) await call();
  const { user, system } = process.cpuUsage(before);
  context.close();
  if (found === 0 && callers.length > 10) throw new Error("no call was routed");
  return (user + system) / calls;
}
