import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import type { Figure } from "../figure.ts";
import { answersOf } from "./answers.ts";
import type { BigFirm } from "./big-firm.ts";
import { Callers, mixedCalls } from "./callers.ts";
import { arrivals, openLoop, type Sent, timesOf } from "./load.ts";

const CALLS_A_SECOND = 50;
const SECONDS = 6;
const STRANGERS = 0.1;
const RENUMBERED = 5;
/** The service does not ask Clio for 5 seconds after it could not (milliseconds, and a little). */
const UNTIL_CLIO_IS_ASKED_AGAIN = 5_500;

const WAYS_TO_BE_DOWN: readonly Fault[] = [
  { kind: "reset" },
  { kind: "hang" },
  { kind: "status", status: 503 },
];

/** Clio cannot be asked, in three ways; and what is made of it that numbers changed meanwhile. */
export async function clioDown(firm: BigFirm): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [at, fault] of WAYS_TO_BE_DOWN.entries()) figures.push(...(await down(firm, fault, at)));
  return [...figures, ...(await backUp(firm))];
}

async function down(firm: BigFirm, fault: Fault, seed: number) {
  const { clio, target } = firm;
  const random = seededRandom(seed);
  const moments = arrivals(random, CALLS_A_SECOND, SECONDS);
  const { paths, strangers } = mixedCalls(firm, random, { count: moments.length, strangers: STRANGERS });
  const usual = await answersOf(
    target,
    paths.filter((path) => !strangers.has(path)),
  );
  await clio.fault(fault);
  const sent = await openLoop(target, moments, (at) => paths[at] ?? "");
  await clio.clearFaults();
  await pause(UNTIL_CLIO_IS_ASKED_AGAIN);

  const ofStrangers = sent.filter(({ path }) => strangers.has(path));
  const ofKnown = sent.filter(({ path }) => !strangers.has(path));
  const isAsUsual = (one: Sent) => one.status === 200 && usual.get(one.path) === `200 ${one.body}`;
  const { kind } = fault;
  return [
    {
      name: `Clio down (${kind}): known callers answered as before`,
      value: ofKnown.filter(isAsUsual).length,
      unit: "",
      target: { atLeast: ofKnown.length },
    },
    { name: `Clio down (${kind}): known callers, slowest`, value: timesOf(ofKnown)(1), unit: "ms" },
    {
      name: `Clio down (${kind}): strangers answered with 200`,
      value: ofStrangers.filter(({ status }) => status === 200).length,
      unit: "",
      target: { atLeast: ofStrangers.length },
    },
    { name: `Clio down (${kind}): strangers, slowest`, value: timesOf(ofStrangers)(1), unit: "ms" },
  ];
}

/** Numbers change while Clio is down, and no webhook tells of it. */
async function backUp(firm: BigFirm): Promise<Figure[]> {
  const { clio, target, invented } = firm;
  using callers = new Callers(target, invented, seededRandom(6));
  const all = await callers.some(RENUMBERED + 1);
  const renumbered = all.map((caller) => ({ caller, e164: callers.newNumber() }));
  await clio.fault({ kind: "reset" });
  await clio.deliver({ drop: null });
  await clio.change(renumbered.map(({ caller, e164 }) => callers.renumbered(caller, e164)));
  await clio.clearFaults();
  await pause(UNTIL_CLIO_IS_ASKED_AGAIN);

  const [first, ...others] = renumbered;
  const atOnce = await callers.routed(first?.e164 ?? "");
  await firm.poll();
  const before = await clio.requests();
  let known = 0;
  for (const { caller, e164 } of others)
    if ((await callers.routed(e164)).contact === caller.contact) known += 1;
  const asked = (await clio.requests()) - before;
  let gone = 0;
  for (const { caller } of others)
    if ((await callers.routed(caller.e164)).contact !== caller.contact) gone += 1;
  await clio.deliver({ drop: 0 });
  return [
    {
      name: "back up: a number that changed meanwhile, known before any poll",
      value: atOnce.contact === first?.caller.contact ? 1 : 0,
      unit: "",
      target: { atLeast: 1 },
    },
    {
      name: "back up, after one poll: numbers that changed meanwhile, known",
      value: known,
      unit: "",
      target: { atLeast: others.length },
    },
    { name: "Clio requests for them", value: asked, unit: "", target: { atMost: 0 } },
    {
      name: "their old numbers, not known any more",
      value: gone,
      unit: "",
      target: { atLeast: others.length },
    },
  ];
}
