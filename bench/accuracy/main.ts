/**
 * `npm run bench:accuracy`: how often a call gets to the right person, by the guide's recipe and by `/route-call`, which
 * asks Clio or answers from the mirror. Invented firms in the sandbox, the real service, real requests. Prints Markdown
 * tables, and one JSON object on the last line. The same seed makes the same calls: every figure but the milliseconds
 * comes out the same again.
 *
 *     npm run bench:accuracy -- --contacts 500 --calls 200 --strangers 50 --seed 7 --explain
 */
import { parseArgs } from "node:util";
import type { Firm } from "../../sandbox/firms/firm.ts";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { isComplete, metricsUntil } from "../calls/service-metrics.ts";
import { type Call, type KnownCall, knownCalls, splitNumbersCalls, strangersCalls } from "./calls.ts";
import { connected } from "./connected.ts";
import { asMarkdown, type DirectoryName, type FirmResult, targetsOf, type WayName } from "./report.ts";
import { type JudgedCall, placeCalls, tallied, talliedStrangers, verdictOf } from "./tally.ts";
import { truthOf } from "./truth.ts";
import { directRecipe, routeCall, type Way } from "./ways.ts";

const { values } = parseArgs({
  options: {
    contacts: { type: "string", multiple: true, default: ["500", "5000", "20000"] },
    calls: { type: "string", default: "2000" },
    strangers: { type: "string", default: "500" },
    seed: { type: "string", default: "4" },
    /** Prints every call that went wrong to standard error. */
    explain: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);

/** A few in a thousand numbers are typed apart: of each firm all of them, at most so many. */
const MOST_SPLIT = 200;

interface Calls {
  readonly known: readonly KnownCall[];
  readonly strangers: readonly Call[];
  readonly split: readonly KnownCall[];
}

const results: FirmResult[] = [];
for (const contacts of values.contacts.map(Number)) results.push(await measure(contacts));
const json = JSON.stringify({
  node: process.version,
  seed,
  firms: results.map((result) => ({ ...result, targets: targetsOf(result) })),
});
process.stdout.write(`${asMarkdown(results)}\n\n${json}\n`);

/** One firm: all calls, in every way. */
async function measure(contacts: number): Promise<FirmResult> {
  const invented = generatedFirm({ contacts, seed });
  const truth = truthOf(invented);
  const calls: Calls = {
    known: knownCalls(invented, truth, Number(values.calls), seed + 1),
    strangers: strangersCalls(invented, Number(values.strangers), seed + 2),
    split: splitNumbersCalls(invented, truth, MOST_SPLIT, seed + 3),
  };
  const live = await measureDirectory("live", invented.firm, calls);
  const mirror = await measureDirectory("mirror", invented.firm, calls);
  return {
    contacts,
    matters: invented.firm.matters.length,
    known: { ...live.known, ...mirror.known } as FirmResult["known"],
    strangers: { ...live.strangers, ...mirror.strangers } as FirmResult["strangers"],
    unfindable: { live: live.unfindable, mirror: mirror.unfindable },
  };
}

/** All calls to a service that answers from there, and by the recipe, which asks Clio as well. */
async function measureDirectory(directory: DirectoryName, firm: Firm, calls: Calls) {
  await using service = await connected(firm, directory);
  const { serviceUrl, key, sandbox, accessToken } = service;
  if (directory === "mirror") await metricsUntil(serviceUrl, isComplete);
  const clioRequests = () => [...sandbox.counts.values()].reduce((sum, count) => sum + count, 0);
  const route = (told: (call: Call) => { caller_id: string; name?: string }) =>
    routeCall(serviceUrl, key, told);
  const whole = route(({ e164 }) => ({ caller_id: e164 }));
  const ways: Partial<Record<WayName, Way>> = {
    ...(directory === "live" && { direct: directRecipe(sandbox.url, accessToken) }),
    [`${directory}, whole`]: whole,
    [`${directory}, lastFour`]: route(({ lastFour }) => ({ caller_id: lastFour })),
    [`${directory}, lastFourAndName`]: route(({ lastFour, name }) => ({ caller_id: lastFour, name })),
  };

  const known: Partial<FirmResult["known"]> = {};
  const strangers: Partial<FirmResult["strangers"]> = {};
  for (const [name, way] of Object.entries(ways) as [WayName, Way][]) {
    process.stderr.write(`${firm.contacts.length} contacts, ${name} …\n`);
    await placeCalls(calls.known.slice(0, 50), way, clioRequests); // warm up
    const judged = await judgedCalls(calls.known, way, clioRequests, isByName(name));
    if (values.explain) explain(name, judged);
    Object.assign(known, { [name]: tallied(judged) });
    const placed = await placeCalls(calls.strangers, way, clioRequests);
    Object.assign(strangers, { [name]: talliedStrangers(placed) });
  }
  const unfindable = tallied(await judgedCalls(calls.split, whole, clioRequests, false));
  return { known, strangers, unfindable };
}

async function judgedCalls(
  calls: readonly KnownCall[],
  way: Way,
  clioRequests: () => number,
  named: boolean,
): Promise<JudgedCall[]> {
  const placed = await placeCalls(calls, way, clioRequests);
  return placed.map((one) => ({ ...one, verdict: verdictOf(one.call, one.outcome, named) }));
}

function isByName(way: WayName): boolean {
  return way.endsWith("lastFourAndName");
}

function explain(way: WayName, judged: readonly JudgedCall[]): void {
  if (way === "direct") return;
  for (const { call, outcome, verdict } of judged) {
    const missed = call.alone && call.own !== null && verdict !== "right" && way.endsWith("whole");
    if (verdict !== "wrong" && !missed && !(isByName(way) && verdict !== "right")) continue;
    const { contact, typed, name, typing } = call;
    const said = isByName(way) ? `, said "${name}"` : "";
    process.stderr.write(
      `${way}: ${verdict}: ${contact.id} ${contact.name}${said}, ${call.e164} typed "${typed}" (${typing}) to ${outcome.person} by ${outcome.contact}, not ${call.own}\n`,
    );
  }
}
