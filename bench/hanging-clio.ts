import { setTimeout as pause } from "node:timers/promises";
import { exampleCases } from "../sandbox/firms/example-firm.ts";
import { type Figure, quantile } from "./figure.ts";
import { type Answer, KeepAlive } from "./keep-alive.ts";
import { startSandboxProcess, startServiceProcess } from "./processes.ts";

const REQUESTS = 200;
/** The setting `ANSWER_DEADLINE_MS`, which is left at its default. */
const DEADLINE = 2_500;
/** Lookups beforehand: a service that has been at work is meant, not one whose code runs for the first time. */
const WARM_UP = 1_000;
/** Milliseconds between two requests of others. */
const OTHERS_EVERY = 10;

/** Clio takes the search for contacts and never answers: when the callers hear of it, and how others are served. */
export async function hangingClio(): Promise<Figure[]> {
  await using sandbox = await startSandboxProcess();
  await using service = await startServiceProcess(sandbox.url);
  using client = new KeepAlive(await service.connectFirm());
  const { phone, contactId } = exampleCases.janeDoe;
  const others = ["/healthz", `/responsible-staff?clio_contact_id=${contactId}`];
  const url = `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`;
  for (const path of others) await client.get(service.url + path);
  for (let sent = 0; sent < WARM_UP; sent += REQUESTS)
    await Promise.all(Array.from({ length: REQUESTS }, () => client.get(url)));

  await fetch(`${sandbox.url}/sandbox/faults`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ path: "/api/v4/contacts", kind: "hang", times: null }),
  });
  let waiting = true;
  const hanging = Promise.all(Array.from({ length: REQUESTS }, () => client.get(url))).finally(() => {
    waiting = false;
  });
  const served: Answer[] = [];
  while (waiting) {
    for (const path of others) served.push(await client.get(service.url + path));
    await pause(OTHERS_EVERY);
  }
  const answers = await hanging;

  const timeouts = answers.filter(
    ({ status, body }) => status === 504 && JSON.parse(body).code === "clio_timeout",
  );
  return [
    {
      name: `${REQUESTS} lookups while Clio hangs, answered with 504 clio_timeout`,
      value: timeouts.length,
      unit: "",
      target: { atLeast: REQUESTS },
    },
    {
      name: `the slowest, past the deadline of ${DEADLINE} ms`,
      value: slowest(answers) - DEADLINE,
      unit: "ms",
      target: { atMost: 100 },
    },
    { name: "other requests meanwhile", value: served.length, unit: "" },
    {
      name: "of them answered with 200",
      value: served.filter(({ status }) => status === 200).length,
      unit: "",
      target: { atLeast: served.length },
    },
    { name: "the slowest of them", value: slowest(served), unit: "ms" },
  ];
}

function slowest(answers: readonly Answer[]): number {
  return quantile(
    answers.map(({ ms }) => ms),
    1,
  );
}
