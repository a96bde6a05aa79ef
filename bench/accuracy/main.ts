/**
 * `npm run bench:accuracy`: how often a call reaches the right person, by the recipe of Upfirst's guide (the baseline) and
 * by `/route-call`, live and from the mirror. Places simulated calls to generated firms in the sandbox. Prints Markdown
 * tables, and one JSON object on the last line. With the same seed, everything except latency comes out the same.
 *
 *     npm run bench:accuracy -- --contacts 500 --calls 200 --strangers 50 --seed 7 --explain
 */

import type { Firm } from "../../sandbox/firms/firm.ts";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";
import { startConnectedService } from "./connected-service.ts";
import { groundTruthOf } from "./ground-truth.ts";
import { guideRecipe, type LookupMethod, routeCallMethod } from "./lookup-methods.ts";
import {
  formatRelatedAndAway,
  measureRelatedAndAway,
  meetsTargets,
  type RelatedAndAwayResult,
} from "./related-and-away.ts";
import {
  checkTargets,
  type DirectoryName,
  type FirmResult,
  formatMarkdown,
  type MethodName,
} from "./report.ts";
import { type Call, type KnownCall, knownCalls, splitNumberCalls, strangerCalls } from "./simulated-calls.ts";
import { type JudgedCall, placeCalls, tallyCalls, tallyStrangers, verdictOf } from "./tally.ts";

const { values } = parseBenchOptions({
  options: {
    contacts: { type: "string", multiple: true, default: ["500", "5000", "20000"] },
    calls: { type: "string", default: "2000" },
    strangers: { type: "string", default: "500" },
    seed: { type: "string", default: "4" },
    /** Prints every wrong call to standard error. */
    explain: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);

/** A few in a thousand numbers are split: all of them are tested, up to this many per firm. */
const MAX_SPLIT_NUMBERS = 200;

interface Calls {
  readonly known: readonly KnownCall[];
  readonly strangers: readonly Call[];
  readonly split: readonly KnownCall[];
}

const results: FirmResult[] = [];
for (const contacts of values.contacts.map(Number)) results.push(await measureFirm(contacts));
const relatedAndAway: RelatedAndAwayResult[] = [];
for (const contacts of values.contacts.map(Number))
  relatedAndAway.push(await measureRelatedAndAway(contacts, Number(values.calls), seed));
const json = JSON.stringify({
  node: process.version,
  seed,
  firms: results.map((result) => ({ ...result, targets: checkTargets(result) })),
  relatedAndAway: relatedAndAway.map((result) => ({ ...result, met: meetsTargets(result) })),
});
process.stdout.write(`${formatMarkdown(results)}\n\n${formatRelatedAndAway(relatedAndAway)}\n\n${json}\n`);

/** Places all calls to one firm with every method. */
async function measureFirm(contacts: number): Promise<FirmResult> {
  const generated = generatedFirm({ contacts, seed });
  const truth = groundTruthOf(generated);
  const calls: Calls = {
    known: knownCalls(generated, truth, Number(values.calls), seed + 1),
    strangers: strangerCalls(generated, Number(values.strangers), seed + 2),
    split: splitNumberCalls(generated, truth, MAX_SPLIT_NUMBERS, seed + 3),
  };
  const live = await measureDirectory("live", generated.firm, calls);
  const mirror = await measureDirectory("mirror", generated.firm, calls);
  return {
    contacts,
    matters: generated.firm.matters.length,
    known: { ...live.known, ...mirror.known } as FirmResult["known"],
    strangers: { ...live.strangers, ...mirror.strangers } as FirmResult["strangers"],
    splitNumbers: { live: live.splitNumbers, mirror: mirror.splitNumbers },
  };
}

/** Places all calls to a service with this `DIRECTORY`; with `live`, also by the baseline. */
async function measureDirectory(directory: DirectoryName, firm: Firm, calls: Calls) {
  await using service = await startConnectedService(firm, directory);
  const { serviceUrl, key, sandbox, accessToken } = service;
  if (directory === "mirror") await waitForMetrics(serviceUrl, mirrorIsComplete);
  const clioRequests = () => [...sandbox.counts.values()].reduce((sum, count) => sum + count, 0);
  const route = (parametersOf: (call: Call) => { caller_id: string; name?: string }) =>
    routeCallMethod(serviceUrl, key, parametersOf);
  const whole = route(({ e164 }) => ({ caller_id: e164 }));
  const methods: Partial<Record<MethodName, LookupMethod>> = {
    ...(directory === "live" && { direct: guideRecipe(sandbox.url, accessToken) }),
    [`${directory}, whole`]: whole,
    [`${directory}, lastFour`]: route(({ lastFour }) => ({ caller_id: lastFour })),
    [`${directory}, lastFourAndName`]: route(({ lastFour, name }) => ({ caller_id: lastFour, name })),
  };

  const known: Partial<FirmResult["known"]> = {};
  const strangers: Partial<FirmResult["strangers"]> = {};
  for (const [name, method] of Object.entries(methods) as [MethodName, LookupMethod][]) {
    process.stderr.write(`${firm.contacts.length} contacts, ${name} …\n`);
    await placeCalls(calls.known.slice(0, 50), method, clioRequests); // warm up
    const judged = await judgeCalls(calls.known, method, clioRequests, usesName(name));
    if (values.explain) explain(name, judged);
    Object.assign(known, { [name]: tallyCalls(judged) });
    const placed = await placeCalls(calls.strangers, method, clioRequests);
    Object.assign(strangers, { [name]: tallyStrangers(placed) });
  }
  const splitNumbers = tallyCalls(await judgeCalls(calls.split, whole, clioRequests, false));
  return { known, strangers, splitNumbers };
}

async function judgeCalls(
  calls: readonly KnownCall[],
  method: LookupMethod,
  clioRequests: () => number,
  isNamed: boolean,
): Promise<JudgedCall[]> {
  const placed = await placeCalls(calls, method, clioRequests);
  return placed.map((one) => ({ ...one, verdict: verdictOf(one.call, one.outcome, isNamed) }));
}

function usesName(method: MethodName): boolean {
  return method.endsWith("lastFourAndName");
}

function explain(method: MethodName, judged: readonly JudgedCall[]): void {
  if (method === "direct") return;
  for (const { call, outcome, verdict } of judged) {
    const missed =
      call.isUnique && call.ownPerson !== null && verdict !== "right" && method.endsWith("whole");
    if (verdict !== "wrong" && !missed && !(usesName(method) && verdict !== "right")) continue;
    const { contact, typed, name, typing } = call;
    const said = usesName(method) ? `, said "${name}"` : "";
    process.stderr.write(
      `${method}: ${verdict}: ${contact.id} ${contact.name}${said}, ${call.e164} typed "${typed}" (${typing}) to ${outcome.person} by ${outcome.contact}, not ${call.ownPerson}\n`,
    );
  }
}
