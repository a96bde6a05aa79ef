/**
 * `npm run bench:accuracy`: how often a call gets to the right person, by the guide's recipe and by `/route-call`.
 * Invented firms in the sandbox, the real service, real requests. Prints Markdown tables, and one JSON object on
 * the last line. The same seed makes the same calls: every figure but the milliseconds comes out the same again.
 *
 *     npm run bench:accuracy -- --contacts 500 --calls 200 --strangers 50 --seed 7 --explain
 */
import { parseArgs } from "node:util";
import { generatedFirm } from "../../src/sandbox/generated-firm.ts";
import { type Call, knownCalls, strangersCalls } from "./calls.ts";
import { connected } from "./connected.ts";
import { asMarkdown, type FirmResult, targetsOf, type WayName } from "./report.ts";
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
  const calls = knownCalls(invented, truthOf(invented), Number(values.calls), seed + 1);
  const strangers = strangersCalls(invented, Number(values.strangers), seed + 2);
  await using service = await connected(invented.firm);
  const clioRequests = () => [...service.sandbox.counts.values()].reduce((sum, count) => sum + count, 0);
  const { serviceUrl, key } = service;
  const route = (told: (call: Call) => { caller_id: string; name?: string }) =>
    routeCall(serviceUrl, key, told);
  const ways: Record<WayName, Way> = {
    direct: directRecipe(service.sandbox.url, service.accessToken),
    whole: route(({ e164 }) => ({ caller_id: e164 })),
    lastFour: route(({ lastFour }) => ({ caller_id: lastFour })),
    lastFourAndName: route(({ lastFour, name }) => ({ caller_id: lastFour, name })),
  };

  const known: Partial<FirmResult["known"]> = {};
  const unknown: Partial<FirmResult["strangers"]> = {};
  for (const [name, way] of Object.entries(ways) as [WayName, Way][]) {
    process.stderr.write(`${contacts} contacts, ${name} …\n`);
    await placeCalls(calls.slice(0, 50), way, clioRequests); // warm up
    const placed = await placeCalls(calls, way, clioRequests);
    const judged = placed.map((one) => ({
      ...one,
      verdict: verdictOf(one.call, one.outcome, name === "lastFourAndName"),
    }));
    if (values.explain) explain(name, judged);
    Object.assign(known, { [name]: tallied(judged) });
    Object.assign(unknown, { [name]: talliedStrangers(await placeCalls(strangers, way, clioRequests)) });
  }
  return {
    contacts,
    matters: invented.firm.matters.length,
    known: known as FirmResult["known"],
    strangers: unknown as FirmResult["strangers"],
  };
}

function explain(way: WayName, judged: readonly JudgedCall[]): void {
  if (way === "direct") return;
  for (const { call, outcome, verdict } of judged) {
    const missed = call.alone && call.own !== null && verdict !== "right" && way === "whole";
    if (verdict !== "wrong" && !missed && !(way === "lastFourAndName" && verdict !== "right")) continue;
    const { contact, typed, name, typing } = call;
    const said = way === "lastFourAndName" ? `, said "${name}"` : "";
    process.stderr.write(
      `${way}: ${verdict}: ${contact.id} ${contact.name}${said}, ${call.e164} typed "${typed}" (${typing}) to ${outcome.person} by ${outcome.contact}, not ${call.own}\n`,
    );
  }
}
