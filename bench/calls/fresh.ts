import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { type Figure, quantile } from "../figure.ts";
import type { BigFirm } from "./big-firm.ts";
import { Callers } from "./callers.ts";
import type { RecordChange } from "./clio-process.ts";
import { answeredFrom, growth, metricsOf } from "./service-metrics.ts";

const OF_EACH_BY_WEBHOOK = 25;
const OF_EACH_BY_POLL = 10;
const LONGEST = 30_000;
const FIRST_NEW_CONTACT = 2_800_000_001;
const FIRST_NEW_MATTER = 8_000_001;

/** A change in Clio. */
interface Change {
  readonly changes: readonly RecordChange[];
  /** Resolves with whether it is in the answers, and asks Clio nothing that would bring it there. */
  isKnown(): Promise<boolean>;
}

/** How soon a change in Clio is in the answers: by webhook, and by nothing but the next poll. */
export async function fresh(firm: BigFirm): Promise<Figure[]> {
  const { clio } = firm;
  using callers = new Callers(firm.target, firm.invented, seededRandom(7));
  const some = changesOf(firm, callers);
  const byWebhook: Record<string, number[]> = {};
  for (let at = 0; at < OF_EACH_BY_WEBHOOK; at += 1)
    for (const [name, make] of Object.entries(some)) {
      const { changes, isKnown } = await make();
      const start = performance.now();
      await clio.change(changes);
      while (!(await isKnown()))
        if (performance.now() - start > LONGEST) throw new Error(`${name}: not known after ${LONGEST} ms`);
        else await pause(2);
      byWebhook[name] = [...(byWebhook[name] ?? []), performance.now() - start];
    }
  await clio.idle();
  return [...webhookFigures(byWebhook), ...(await byPoll(firm, some))];
}

function webhookFigures(byWebhook: Readonly<Record<string, readonly number[]>>): Figure[] {
  const times = Object.values(byWebhook).flat();
  return [
    { name: "changes told by webhook", value: times.length, unit: "" },
    { name: "in the answer, median", value: quantile(times, 0.5), unit: "ms" },
    { name: "in the answer, slowest", value: quantile(times, 1), unit: "ms", target: { atMost: 2_000 } },
    ...Object.entries(byWebhook).map(([name, of]) => ({
      name: `${name}, median`,
      value: quantile(of, 0.5),
      unit: "ms",
    })),
  ];
}

async function byPoll(firm: BigFirm, some: ReturnType<typeof changesOf>): Promise<Figure[]> {
  const { clio } = firm;
  const figures: Figure[] = [];
  await clio.deliver({ drop: null });
  for (const [name, make] of Object.entries(some)) {
    const made: Change[] = [];
    for (let at = 0; at < OF_EACH_BY_POLL; at += 1) made.push(await make());
    await clio.change(made.flatMap(({ changes }) => changes));
    await firm.poll();
    let known = 0;
    for (const { isKnown } of made) if (await isKnown()) known += 1;
    // Nothing but a pass over everything can find what nobody tells of and no list has any more.
    const isForTheNight = name === REMOVED;
    figures.push({
      name: `without webhooks, after one poll: ${name}${isForTheNight ? " (found at night)" : ""}`,
      value: known,
      unit: "",
      ...(!isForTheNight && { target: { atLeast: made.length } }),
    });
  }
  await clio.deliver({ drop: 0 });
  return figures;
}

const REMOVED = "a contact removed";

/** Makes changes of each kind. */
function changesOf({ service }: BigFirm, callers: Callers) {
  let added = 0;
  const recordsKept = async () => {
    const metrics = await metricsOf(service.url);
    return ["contacts", "matters"].map((kind) => metrics.get(`clio_mirror_records{kind="${kind}"}`) ?? 0);
  };
  const one = async () => {
    const [caller] = await callers.some(1);
    if (!caller) throw new Error("no caller is left");
    return caller;
  };
  /** While the mirror knows the old number, Clio is not asked about it. */
  const isNobodys = async (e164: string, contact: number) => (await callers.routed(e164)).contact !== contact;
  /** Who calls, if the mirror knows it by itself. */
  const fromMirror = async (e164: string) => {
    const before = await metricsOf(service.url);
    const routed = await callers.routed(e164);
    const isOwn = growth(before, await metricsOf(service.url), answeredFrom("mirror")) === 1;
    return isOwn ? routed : null;
  };

  return {
    async "a number changed"(): Promise<Change> {
      const caller = await one();
      const e164 = callers.newNumber();
      return {
        changes: [callers.renumbered(caller, e164)],
        isKnown: async () =>
          (await isNobodys(caller.e164, caller.contact)) &&
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
      const before = await recordsKept();
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
        async isKnown() {
          // Whoever asks for a number that the mirror does not know yet has it read: this is to be seen without asking.
          const now = await recordsKept();
          if (now.some((count, at) => count <= (before[at] ?? 0))) return false;
          const routed = await fromMirror(e164);
          return routed?.contact === contact && routed.staff === staff;
        },
      };
    },

    async "a matter's responsible staff changed"(): Promise<Change> {
      const caller = await one();
      const { id } = callers.colleagueOf(caller.staff);
      return {
        changes: [callers.handedOn(caller, id)],
        isKnown: async () => (await callers.routed(caller.e164)).staff === id,
      };
    },

    async [REMOVED](): Promise<Change> {
      const caller = await one();
      return {
        changes: [{ kind: "contact", change: "remove", id: caller.contact }],
        isKnown: () => isNobodys(caller.e164, caller.contact),
      };
    },
  };
}
