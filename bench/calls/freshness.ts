import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import type { RecordChange } from "../harness/generated-sandbox.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { answeredFrom, increase, scrapeMetrics } from "../harness/service-metrics.ts";
import { Callers } from "./callers.ts";
import type { LargeFirm } from "./large-firm.ts";

const CHANGES_BY_WEBHOOK = 25;
const CHANGES_BY_POLL = 10;
const TIMEOUT_MS = 30_000;
const FIRST_NEW_CONTACT = 2_800_000_001;
const FIRST_NEW_MATTER = 8_000_001;

/** A change in Clio. */
interface Change {
  readonly changes: readonly RecordChange[];
  /** Whether the change is in the answers. Must not make the service read it from Clio. */
  isVisible(): Promise<boolean>;
}

/** How soon a change in Clio is in the answers, by webhook and by polling alone. */
export async function freshness(firm: LargeFirm): Promise<Measurement[]> {
  const { clio } = firm;
  using callers = new Callers(firm.target, firm.generated, seededRandom(7));
  const changeKinds = changesOf(firm, callers);
  const byWebhook: Record<string, number[]> = {};
  for (let at = 0; at < CHANGES_BY_WEBHOOK; at += 1)
    for (const [name, make] of Object.entries(changeKinds)) {
      const { changes, isVisible } = await make();
      const start = performance.now();
      await clio.change(changes);
      while (!(await isVisible()))
        if (performance.now() - start > TIMEOUT_MS)
          throw new Error(`${name}: not visible after ${TIMEOUT_MS} ms`);
        else await pause(2);
      byWebhook[name] = [...(byWebhook[name] ?? []), performance.now() - start];
    }
  await clio.waitForDeliveries();
  return [...webhookMeasurements(byWebhook), ...(await byPoll(firm, changeKinds))];
}

function webhookMeasurements(byWebhook: Readonly<Record<string, readonly number[]>>): Measurement[] {
  const times = Object.values(byWebhook).flat();
  return [
    { name: "changes reported by webhook", value: times.length, unit: "" },
    { name: "visible after, median", value: quantile(times, 0.5), unit: "ms" },
    { name: "visible after, max", value: quantile(times, 1), unit: "ms", target: { atMost: 2_000 } },
    ...Object.entries(byWebhook).map(([name, latencies]) => ({
      name: `${name}, median`,
      value: quantile(latencies, 0.5),
      unit: "ms",
    })),
  ];
}

async function byPoll(firm: LargeFirm, changeKinds: ReturnType<typeof changesOf>): Promise<Measurement[]> {
  const { clio } = firm;
  const measurements: Measurement[] = [];
  await clio.configureDeliveries({ drop: null });
  for (const [name, make] of Object.entries(changeKinds)) {
    const made: Change[] = [];
    for (let at = 0; at < CHANGES_BY_POLL; at += 1) made.push(await make());
    await clio.change(made.flatMap(({ changes }) => changes));
    await firm.poll();
    let visible = 0;
    for (const { isVisible } of made) if (await isVisible()) visible += 1;
    // Polling lists only changed records. A removed one is found by the nightly full sync.
    const needsFullSync = name === REMOVED;
    measurements.push({
      name: `without webhooks, after one poll: ${name}${needsFullSync ? " (found by the next full sync)" : ""}`,
      value: visible,
      unit: "",
      ...(!needsFullSync && { target: { atLeast: made.length } }),
    });
  }
  await clio.configureDeliveries({ drop: 0 });
  return measurements;
}

const REMOVED = "a contact removed";

/** Prepares changes of each kind. */
function changesOf({ service }: LargeFirm, callers: Callers) {
  let added = 0;
  const recordCounts = async () => {
    const metrics = await scrapeMetrics(service.url);
    return ["contacts", "matters"].map((kind) => metrics.get(`clio_mirror_records{kind="${kind}"}`) ?? 0);
  };
  const pickCaller = async () => {
    const [caller] = await callers.pick(1);
    if (!caller) throw new Error("no caller is left");
    return caller;
  };
  /** Doesn't make the service ask Clio as long as the mirror has the old number. */
  const isNoLonger = async (e164: string, contact: number) => (await callers.route(e164)).contact !== contact;
  /** The answer, if the mirror gave it without asking Clio. */
  const fromMirror = async (e164: string) => {
    const before = await scrapeMetrics(service.url);
    const routed = await callers.route(e164);
    const isFromMirror = increase(before, await scrapeMetrics(service.url), answeredFrom("mirror")) === 1;
    return isFromMirror ? routed : null;
  };

  return {
    async "a number changed"(): Promise<Change> {
      const caller = await pickCaller();
      const e164 = callers.newNumber();
      return {
        changes: [callers.renumber(caller, e164)],
        isVisible: async () =>
          (await isNoLonger(caller.e164, caller.contact)) &&
          (await fromMirror(e164))?.contact === caller.contact,
      };
    },

    async "a contact added, with a matter"(): Promise<Change> {
      added += 1;
      const [contact, matter] = [FIRST_NEW_CONTACT + added, FIRST_NEW_MATTER + added];
      const e164 = callers.newNumber();
      const { id: staff } = callers.colleagueOf(0);
      const name = `Nova Newcomer${added}`;
      const number = { id: contact * 10, name: "Work", number: e164, primary: true };
      const before = await recordCounts();
      return {
        changes: [
          {
            kind: "contact",
            change: "add",
            id: contact,
            record: { name, first_name: "Nova", last_name: `Newcomer${added}`, phone_numbers: [number] },
          },
          {
            kind: "matter",
            change: "add",
            id: matter,
            record: { client_id: contact, display_number: `9${added}-Newcomer`, responsible_staff_id: staff },
          },
        ],
        async isVisible() {
          // Asking for an unknown number would make the service read it from Clio, so wait for the record counts first.
          const now = await recordCounts();
          if (now.some((count, at) => count <= (before[at] ?? 0))) return false;
          const routed = await fromMirror(e164);
          return routed?.contact === contact && routed.staff === staff;
        },
      };
    },

    async "a matter's responsible staff changed"(): Promise<Change> {
      const caller = await pickCaller();
      const { id } = callers.colleagueOf(caller.staff);
      return {
        changes: [callers.reassign(caller, id)],
        isVisible: async () => (await callers.route(caller.e164)).staff === id,
      };
    },

    async [REMOVED](): Promise<Change> {
      const caller = await pickCaller();
      return {
        changes: [{ kind: "contact", change: "remove", id: caller.contact }],
        isVisible: () => isNoLonger(caller.e164, caller.contact),
      };
    },
  };
}
