import type { FirmContact } from "../../sandbox/firms/firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { isFullName } from "../../src/calls/matching/caller-name.ts";
import type { Figure } from "../figure.ts";
import { startServiceHere } from "../service-here.ts";
import { servicePlace } from "../service-place.ts";
import { answersOf, differing } from "./answers.ts";
import { CaughtUp } from "./caught-up.ts";
import { findableFirm } from "./findable-firm.ts";
import type { Target } from "./load.ts";
import { question } from "./questions.ts";
import { RandomChanges } from "./random-changes.ts";
import { answeredFrom, growth, isComplete, isUpToDate, metricsOf, metricsUntil } from "./service-metrics.ts";

const CONTACTS = 5_000;
const CHANGES_A_BATCH = 25;
const QUESTIONS_A_BATCH = 250;
/** After so many batches something is changed that webhooks do not tell of, and a poll is waited for. */
const POLL_AFTER = 5;
const POLL_INTERVAL = 5 * 60_000;
const SHOWN = 5;

/**
 * The mirror and Clio itself give the same answers, while the firm changes: two services over one sandbox, asked the
 * same whenever the mirror has caught up.
 */
export async function equal({ questions }: { questions: number }): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const random = seededRandom(8);
  const invented = findableFirm({ contacts: CONTACTS, seed: 8 });
  const sandbox = await startSandbox({
    firms: [invented.firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now,
  });
  stack.defer(() => sandbox.close());

  async function started(directory: "live" | "mirror"): Promise<Target> {
    const https = directory === "mirror";
    const place = stack.use(
      await servicePlace(sandbox.url, { directory, https, env: { ROUTE_BY_NAME: "true" } }),
    );
    if (https) sandbox.webhooks.deliverTo = place.url;
    const service = await startServiceHere(place, now);
    stack.defer(() => service.close());
    return { url: place.url, key: await place.connectFirm(invented.firm.users[0]?.id) };
  }
  const live = await started("live");
  const mirror = await started("mirror");
  await metricsUntil(mirror.url, isComplete);
  await sandbox.webhooks.idle();

  const changes = new RandomChanges(invented, sandbox.changes(), random);
  const spared = invented.firm.users.filter(({ enabled }) => enabled).slice(0, 2);
  for (const { id } of spared) changes.sparedUsers.add(id);
  using caughtUp = new CaughtUp(sandbox, spared);
  const sources = { mirror: 0, live: 0 };
  let asked = 0;
  let changed = 0;
  const different: string[] = [];
  let moreThanClio = 0;
  for (let batch = 1; asked < questions; batch += 1) {
    for (let at = 0; at < CHANGES_A_BATCH; at += 1) changes.change();
    changed += CHANGES_A_BATCH;
    await caughtUp.by(mirror);
    if (batch % POLL_AFTER === 0) {
      changes.changeUser();
      changed += 1;
      ahead += POLL_INTERVAL;
      await metricsUntil(mirror.url, isUpToDate(60));
    }
    const count = Math.min(QUESTIONS_A_BATCH, questions - asked);
    const paths = Array.from({ length: count }, () => question(changes.asked, random));
    asked += paths.length;
    const ofLive = await answersOf(live, paths);
    const before = await metricsOf(mirror.url);
    const ofMirror = await answersOf(mirror, paths);
    const after = await metricsOf(mirror.url);
    for (const source of ["mirror", "live"] as const)
      sources[source] += growth(before, after, answeredFrom(source));
    for (const path of differing(ofLive, ofMirror)) {
      if (await isMoreThanClioFinds(sandbox, path, ofMirror.get(path) ?? "")) {
        moreThanClio += 1;
        continue;
      }
      different.push(path);
      if (different.length <= SHOWN)
        process.stderr.write(`${path}\n  live:   ${ofLive.get(path)}\n  mirror: ${ofMirror.get(path)}\n`);
    }
  }
  return [
    { name: "contacts", value: invented.firm.contacts.length, unit: "" },
    { name: "numbers retyped so that Clio's search finds them", value: invented.retyped, unit: "" },
    { name: "names written without accents, for the same reason", value: invented.renamed, unit: "" },
    { name: "changes", value: changed, unit: "" },
    { name: "questions asked of the mirror and of Clio", value: asked, unit: "" },
    { name: "answered from the mirror", value: sources.mirror, unit: "" },
    { name: "answered with Clio, which the mirror asked as well", value: sources.live, unit: "" },
    { name: "different answers", value: different.length, unit: "", target: { atMost: 0 } },
    {
      name: "of a name's owners the mirror knows more than Clio's search finds, and is right",
      value: moreThanClio,
      unit: "",
    },
  ];
}

/**
 * Whether Clio's own search does not find everybody who has the name that was said, and the mirror's answer is the right
 * one with all of them.
 */
async function isMoreThanClioFinds(sandbox: Sandbox, path: string, ofMirror: string): Promise<boolean> {
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
  const namesakes = firm.contacts.filter((contact) => hasTheName(contact, name));
  const [first, ...others] = namesakes;
  const right = first && others.length === 0 ? first.id : null;
  return namesakes.some(({ id }) => !found.has(id)) && contactIn(ofMirror) === right;
}

function contactIn(answer: string): number | null {
  const { data } = JSON.parse(answer.slice(answer.indexOf("{")));
  return data?.contact?.id ?? data?.id ?? null;
}

function hasTheName(contact: FirmContact, name: string): boolean {
  const { id, type, is_client: isClient, first_name: firstName, last_name: lastName } = contact;
  return isFullName(name, { id, type, isClient, firstName, lastName, name: contact.name, phoneNumbers: [] });
}
