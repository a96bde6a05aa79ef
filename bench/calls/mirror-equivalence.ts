import type { FirmContact } from "../../sandbox/firms/firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { isFullName } from "../../src/calls/matching/names/caller-name.ts";
import { createServiceEnvironment } from "../../testkit/service-environment.ts";
import { startInProcessService } from "../harness/in-process-service.ts";
import type { Target } from "../harness/load/open-loop.ts";
import type { Measurement } from "../harness/measurement.ts";
import {
  answeredFrom,
  increase,
  mirrorIsComplete,
  mirrorIsFresh,
  scrapeMetrics,
  waitForMetrics,
} from "../harness/service-metrics.ts";
import { collectAnswers, differingPaths } from "./compare-answers.ts";
import { RandomChanges } from "./random-changes.ts";
import { randomRequest } from "./random-requests.ts";
import { searchableFirm } from "./searchable-firm.ts";
import { SyncBarrier } from "./sync-barrier.ts";

const CONTACTS = 5_000;
const CHANGES_PER_BATCH = 25;
const REQUESTS_PER_BATCH = 250;
/** Every fifth batch includes a change that webhooks don't report, and waits for a poll. */
const BATCHES_PER_POLL = 5;
const POLL_INTERVAL_MS = 5 * 60_000;
const MAX_SHOWN_DIFFERENCES = 5;

/**
 * Whether the mirror and live lookups give the same answers while the firm changes: two services over one sandbox get the
 * same requests whenever the mirror is up to date.
 */
export async function mirrorEquivalence({ requests }: { requests: number }): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  let clockOffsetMs = 0;
  const now = () => Date.now() + clockOffsetMs;
  const random = seededRandom(8);
  const generated = searchableFirm({ contacts: CONTACTS, seed: 8 });
  const sandbox = await startSandbox({
    firms: [generated.firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now,
  });
  stack.defer(() => sandbox.close());

  async function start(directory: "live" | "mirror"): Promise<Target> {
    const https = directory === "mirror";
    const environment = stack.use(
      await createServiceEnvironment(sandbox.url, { directory, https, env: { ROUTE_BY_NAME: "true" } }),
    );
    if (https) sandbox.webhooks.deliverTo = environment.url;
    const service = await startInProcessService(environment, now);
    stack.defer(() => service.close());
    return { url: environment.url, key: await environment.connectFirm(generated.firm.users[0]?.id) };
  }
  const live = await start("live");
  const mirror = await start("mirror");
  await waitForMetrics(mirror.url, mirrorIsComplete);
  await sandbox.webhooks.idle();

  const changes = new RandomChanges(generated, sandbox.changes(), random);
  const barrierUsers = generated.firm.users.filter(({ enabled }) => enabled).slice(0, 2);
  for (const { id } of barrierUsers) changes.unchangedUsers.add(id);
  using barrier = new SyncBarrier(sandbox, barrierUsers);
  const sources = { mirror: 0, live: 0 };
  let compared = 0;
  let changed = 0;
  const different: string[] = [];
  let foundOnlyByMirror = 0;
  for (let batch = 1; compared < requests; batch += 1) {
    for (let at = 0; at < CHANGES_PER_BATCH; at += 1) changes.change();
    changed += CHANGES_PER_BATCH;
    await barrier.wait(mirror);
    if (batch % BATCHES_PER_POLL === 0) {
      changes.changeUser();
      changed += 1;
      clockOffsetMs += POLL_INTERVAL_MS;
      await waitForMetrics(mirror.url, mirrorIsFresh(60));
    }
    const count = Math.min(REQUESTS_PER_BATCH, requests - compared);
    const paths = Array.from({ length: count }, () => randomRequest(changes.subjects, random));
    compared += paths.length;
    const liveAnswers = await collectAnswers(live, paths);
    const before = await scrapeMetrics(mirror.url);
    const mirrorAnswers = await collectAnswers(mirror, paths);
    const after = await scrapeMetrics(mirror.url);
    for (const source of ["mirror", "live"] as const)
      sources[source] += increase(before, after, answeredFrom(source));
    for (const path of differingPaths(liveAnswers, mirrorAnswers)) {
      if (await isFoundOnlyByMirror(sandbox, path, mirrorAnswers.get(path) ?? "")) {
        foundOnlyByMirror += 1;
        continue;
      }
      different.push(path);
      if (different.length <= MAX_SHOWN_DIFFERENCES)
        process.stderr.write(
          `${path}\n  live:   ${liveAnswers.get(path)}\n  mirror: ${mirrorAnswers.get(path)}\n`,
        );
    }
  }
  return [
    { name: "contacts", value: generated.firm.contacts.length, unit: "" },
    { name: "numbers retyped so that Clio's search finds them", value: generated.retyped, unit: "" },
    { name: "names written without accents, for the same reason", value: generated.renamed, unit: "" },
    { name: "changes", value: changed, unit: "" },
    { name: "requests compared", value: compared, unit: "" },
    { name: "answered from the mirror", value: sources.mirror, unit: "" },
    { name: "answered by the mirror with a request to Clio", value: sources.live, unit: "" },
    { name: "different answers", value: different.length, unit: "", target: { atMost: 0 } },
    {
      name: "right answers by name that Clio's search misses",
      value: foundOnlyByMirror,
      unit: "",
    },
  ];
}

/**
 * Whether Clio's search misses a contact with the requested name, and the mirror's answer is right when all of them are
 * considered.
 */
async function isFoundOnlyByMirror(sandbox: Sandbox, path: string, mirrorAnswer: string): Promise<boolean> {
  const name = new URL(path, sandbox.url).searchParams.get("name");
  const [firm] = sandbox.firms;
  if (name === null || !firm) return false;
  const { access_token } = sandbox.issueToken(firm.users[0]?.id ?? 0);
  const search = new URLSearchParams({ query: name, fields: "id" });
  const answer = await fetch(`${sandbox.url}/api/v4/contacts.json?${search}`, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  const { data } = (await answer.json()) as { data: { id: number }[] };
  const found = new Set(data.map(({ id }) => id));
  const namesakes = firm.contacts.filter((contact) => hasFullName(contact, name));
  const [first, ...others] = namesakes;
  const right = first && others.length === 0 ? first.id : null;
  return namesakes.some(({ id }) => !found.has(id)) && contactIn(mirrorAnswer) === right;
}

function contactIn(answer: string): number | null {
  const { data } = JSON.parse(answer.slice(answer.indexOf("{")));
  return data?.contact?.id ?? data?.id ?? null;
}

function hasFullName(contact: FirmContact, name: string): boolean {
  const { id, type, is_client: isClient, first_name: firstName, last_name: lastName } = contact;
  return isFullName(name, { id, type, isClient, firstName, lastName, name: contact.name, phoneNumbers: [] });
}
