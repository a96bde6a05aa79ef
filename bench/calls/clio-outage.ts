import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { poissonArrivals, quantilesOf, runOpenLoop, type TimedResponse } from "../harness/load/open-loop.ts";
import { mixedCalls } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { Callers } from "./callers.ts";
import { collectAnswers } from "./compare-answers.ts";
import type { LargeFirm } from "./large-firm.ts";

const CALLS_PER_SECOND = 50;
const SECONDS = 6;
const STRANGER_SHARE = 0.1;
const CHANGED_NUMBERS = 5;
/** The service sends Clio no requests for 5 seconds after a failure. */
const RETRY_AFTER_FAILURE_MS = 5_500;

const OUTAGES: readonly Fault[] = [{ kind: "reset" }, { kind: "hang" }, { kind: "status", status: 503 }];

/** Three kinds of Clio outage under load, and recovery from changes made during an outage. */
export async function clioOutage(firm: LargeFirm): Promise<Measurement[]> {
  const figures: Measurement[] = [];
  for (const [at, fault] of OUTAGES.entries()) figures.push(...(await callDuring(firm, fault, at)));
  return [...figures, ...(await recover(firm))];
}

async function callDuring(firm: LargeFirm, fault: Fault, seed: number) {
  const { clio, target } = firm;
  const random = seededRandom(seed);
  const arrivals = poissonArrivals(random, CALLS_PER_SECOND, SECONDS);
  const { paths, strangers } = mixedCalls(firm, random, {
    count: arrivals.length,
    strangerShare: STRANGER_SHARE,
  });
  const usualAnswers = await collectAnswers(
    target,
    paths.filter((path) => !strangers.has(path)),
  );
  await clio.injectFault(fault);
  const responses = await runOpenLoop(target, arrivals, (at) => paths[at] ?? "");
  await clio.clearFaults();
  await pause(RETRY_AFTER_FAILURE_MS);

  const fromStrangers = responses.filter(({ path }) => strangers.has(path));
  const fromKnown = responses.filter(({ path }) => !strangers.has(path));
  const isUnchanged = (one: TimedResponse) =>
    one.status === 200 && usualAnswers.get(one.path) === `200 ${one.body}`;
  const { kind } = fault;
  return [
    {
      name: `outage (${kind}): known callers with unchanged answers`,
      value: fromKnown.filter(isUnchanged).length,
      unit: "",
      target: { atLeast: fromKnown.length },
    },
    { name: `outage (${kind}): known callers, max latency`, value: quantilesOf(fromKnown)(1), unit: "ms" },
    {
      name: `outage (${kind}): strangers answered with 200`,
      value: fromStrangers.filter(({ status }) => status === 200).length,
      unit: "",
      target: { atLeast: fromStrangers.length },
    },
    { name: `outage (${kind}): strangers, max latency`, value: quantilesOf(fromStrangers)(1), unit: "ms" },
  ];
}

/** Numbers change during an outage, and no webhook reports them. */
async function recover(firm: LargeFirm): Promise<Measurement[]> {
  const { clio, target, generated } = firm;
  using callers = new Callers(target, generated, seededRandom(6));
  const all = await callers.pick(CHANGED_NUMBERS + 1);
  const changes = all.map((caller) => ({ caller, e164: callers.newNumber() }));
  await clio.injectFault({ kind: "reset" });
  await clio.configureDeliveries({ drop: null });
  await clio.change(changes.map(({ caller, e164 }) => callers.renumber(caller, e164)));
  await clio.clearFaults();
  await pause(RETRY_AFTER_FAILURE_MS);

  const [first, ...others] = changes;
  const beforePoll = await callers.route(first?.e164 ?? "");
  await firm.poll();
  const before = await clio.requestCount();
  let foundByNew = 0;
  for (const { caller, e164 } of others)
    if ((await callers.route(e164)).contact === caller.contact) foundByNew += 1;
  const requests = (await clio.requestCount()) - before;
  let notFoundByOld = 0;
  for (const { caller } of others)
    if ((await callers.route(caller.e164)).contact !== caller.contact) notFoundByOld += 1;
  await clio.configureDeliveries({ drop: 0 });
  return [
    {
      name: "after an outage: a changed number, found before any poll",
      value: beforePoll.contact === first?.caller.contact ? 1 : 0,
      unit: "",
      target: { atLeast: 1 },
    },
    {
      name: "after an outage and one poll: changed numbers, found",
      value: foundByNew,
      unit: "",
      target: { atLeast: others.length },
    },
    { name: "Clio requests for the changed numbers", value: requests, unit: "", target: { atMost: 0 } },
    {
      name: "old numbers, no longer found",
      value: notFoundByOld,
      unit: "",
      target: { atLeast: others.length },
    },
  ];
}
