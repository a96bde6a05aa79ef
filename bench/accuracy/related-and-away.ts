/**
 * Callers who are related to a matter, and calls while staff are away: the truth is worked out from the records of the
 * generated firm, as in `ground-truth.ts`, with nothing of `src/calls`.
 */
import type { FirmContact, FirmMatter } from "../../sandbox/firms/firm.ts";
import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom, shuffled } from "../../sandbox/firms/random.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";
import { startConnectedService } from "./connected-service.ts";
import { groundTruthOf, likeliestFirst } from "./ground-truth.ts";
import { routeCallMethod } from "./lookup-methods.ts";
import { isCompletelyTyped, knownCalls } from "./simulated-calls.ts";

/** Of the contacts, how many are related to others' matters. */
const RELATED_SHARE = 0.05;
/** Of the staff, how many are away. Every second one has a stand-in. */
const AWAY_SHARE = 0.1;
const MAX_RELATED_CALLS = 500;

export interface RelatedAndAwayResult {
  readonly contacts: number;
  /** Calls by whole number from related contacts whose number is theirs alone. */
  readonly related: { readonly calls: number; readonly right: number; readonly wrong: number };
  /** Calls from contacts whose person is away, by whole number that is theirs alone. */
  readonly away: {
    readonly calls: number;
    readonly right: number;
    readonly toStandIn: number;
    readonly toNextRole: number;
    readonly messages: number;
    readonly wrong: number;
  };
  /** Calls, of all that were placed while staff were away, that were transferred to someone who is away. */
  readonly transferredToAway: { readonly calls: number; readonly count: number };
}

export async function measureRelatedAndAway(
  contacts: number,
  calls: number,
  seed: number,
): Promise<RelatedAndAwayResult> {
  const generated = generatedFirm({ contacts, seed, relatedShare: RELATED_SHARE });
  const { firm } = generated;
  await using service = await startConnectedService(firm, "mirror");
  await waitForMetrics(service.serviceUrl, mirrorIsComplete);
  const route = routeCallMethod(service.serviceUrl, service.key, ({ e164 }) => ({ caller_id: e164 }));
  process.stderr.write(`${contacts} contacts, related and away …\n`);

  const related = { calls: 0, right: 0, wrong: 0 };
  for (const { contact, e164 } of relatedCalls(generated).slice(0, MAX_RELATED_CALLS)) {
    const { person } = await route({ e164, lastFour: e164.slice(-4), name: "" });
    const expected = personFor(relatedMatter(generated, contact), enabledUsers(generated), new Map());
    related.calls += 1;
    if (person === expected) related.right += 1;
    else if (person !== null) related.wrong += 1;
  }

  const absences = pickAbsences(generated, seed);
  const { store } = service.services;
  const firmId = (await store.firms.list())[0]?.id ?? "";
  for (const [userId, standInId] of absences)
    await store.absences.add(firmId, { userId, from: 0, until: null, standInId, note: null });

  const truth = groundTruthOf(generated);
  const enabled = enabledUsers(generated);
  const away = { calls: 0, right: 0, toStandIn: 0, toNextRole: 0, messages: 0, wrong: 0 };
  const transferredToAway = { calls: 0, count: 0 };
  for (const call of knownCalls(generated, truth, calls, seed + 1)) {
    const { person } = await route(call);
    transferredToAway.calls += 1;
    if (person !== null && absences.has(person)) transferredToAway.count += 1;
    if (!call.isUnique || call.typing !== "complete") continue;
    const matter = matterWithPerson(generated, call.contact, enabled);
    const usual = personFor(matter, enabled, new Map());
    if (usual === null || !absences.has(usual)) continue;
    const expected = personFor(matter, enabled, absences);
    away.calls += 1;
    if (person === expected) away.right += 1;
    else away.wrong += 1;
    if (expected === null) away.messages += 1;
    else if (expected === absences.get(usual)) away.toStandIn += 1;
    else away.toNextRole += 1;
  }
  return { contacts, related, away, transferredToAway };
}

export function formatRelatedAndAway(results: readonly RelatedAndAwayResult[]): string {
  const head =
    "| contacts | related callers | right person | wrong person | person away | right | to the stand-in | to the next role | message taken | wrong | transferred to someone away |";
  const rows = results.map(({ contacts, related, away, transferredToAway }) => {
    const cells = [
      contacts.toLocaleString("en-US"),
      related.calls,
      related.right,
      related.wrong,
      away.calls,
      away.right,
      away.toStandIn,
      away.toNextRole,
      away.messages,
      away.wrong,
      `${transferredToAway.count} of ${transferredToAway.calls}`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, `|${" --- |".repeat(11)}`, ...rows].join("\n");
}

/** Whether everyone reached the right person, and no one someone who is away. */
export function meetsTargets({ related, away, transferredToAway }: RelatedAndAwayResult): boolean {
  return related.right === related.calls && away.right === away.calls && transferredToAway.count === 0;
}

function enabledUsers({ firm }: GeneratedFirm): ReadonlySet<number> {
  return new Set(firm.users.filter(({ enabled }) => enabled).map(({ id }) => id));
}

/** Related contacts with a number that no one else has, which is typed completely in Clio. */
function relatedCalls(generated: GeneratedFirm): { contact: FirmContact; e164: string }[] {
  const truth = groundTruthOf(generated);
  const byId = new Map(generated.firm.contacts.map((contact) => [contact.id, contact]));
  const ids = new Set((generated.firm.relationships ?? []).map(({ contact_id }) => contact_id));
  return [...ids].flatMap((id) => {
    const contact = byId.get(id);
    const line = generated.lines.get(id)?.[0];
    if (!contact || !line || !isCompletelyTyped(line)) return [];
    return truth.owners(line.e164).length === 1 ? [{ contact, e164: line.e164 }] : [];
  });
}

/** The likeliest of the matters that a contact is related to, among those with someone to take the call. */
function relatedMatter(generated: GeneratedFirm, { id }: FirmContact): FirmMatter | null {
  const { firm } = generated;
  const ids = new Set(
    (firm.relationships ?? []).flatMap((one) => (one.contact_id === id ? one.matter_id : [])),
  );
  return likeliest(
    firm.matters.filter((matter) => ids.has(matter.id)),
    enabledUsers(generated),
  );
}

function matterWithPerson(
  { firm }: GeneratedFirm,
  { id }: FirmContact,
  enabled: ReadonlySet<number>,
): FirmMatter | null {
  return likeliest(
    firm.matters.filter((matter) => matter.client_id === id),
    enabled,
  );
}

function likeliest(matters: readonly FirmMatter[], enabled: ReadonlySet<number>): FirmMatter | null {
  return matters.toSorted(likeliestFirst).find((matter) => rolesOf(matter, enabled).length > 0) ?? null;
}

function rolesOf(matter: FirmMatter, enabled: ReadonlySet<number>): number[] {
  return [matter.responsible_staff_id, matter.responsible_attorney_id].filter(
    (id): id is number => id !== null && enabled.has(id),
  );
}

/** @param absences the stand-in of each user who is away, or null */
function personFor(
  matter: FirmMatter | null,
  enabled: ReadonlySet<number>,
  absences: ReadonlyMap<number, number | null>,
): number | null {
  if (!matter) return null;
  const roles = rolesOf(matter, enabled);
  const usual = roles[0];
  if (usual === undefined || !absences.has(usual)) return usual ?? null;
  const standIn = absences.get(usual) ?? null;
  if (standIn !== null && enabled.has(standIn) && !absences.has(standIn)) return standIn;
  return roles.find((id) => !absences.has(id)) ?? null;
}

/** Which users are away, and who stands in: every second one has a stand-in, who may be away too. */
function pickAbsences({ firm }: GeneratedFirm, seed: number): Map<number, number | null> {
  const random = seededRandom(seed + 9);
  const users = shuffled(
    firm.users.filter(({ enabled }) => enabled).map(({ id }) => id),
    random,
  );
  const away = users.slice(0, Math.ceil(users.length * AWAY_SHARE));
  return new Map(
    away.map((id, at) => {
      const others = users.filter((other) => other !== id);
      return [id, at % 2 === 0 ? random.pick(others) : null];
    }),
  );
}
