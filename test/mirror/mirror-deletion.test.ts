import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { callLines, complete, metric, mirroredService, until } from "../../testkit/mirror.ts";
import { connectUser } from "../../testkit/service.ts";

const { janeDoe } = exampleCases;
const OTHER_KEY = Buffer.alloc(32, 7).toString("base64");
const FIRST_KEY = Buffer.alloc(32).toString("base64");

/** The number of rows with client data in the database. */
function rowsIn(folder: string): number {
  const database = new DatabaseSync(join(folder, "router.db"), { readOnly: true });
  try {
    return ["mirrors", "mirror_records", "mirror_terms", "noted_changes"]
      .map((table) => Number(database.prepare(`select count(*) as rows from ${table}`).get()?.rows))
      .reduce((one, other) => one + other);
  } finally {
    database.close();
  }
}

const csrfOf = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";

describe("a mirror is deleted", () => {
  it("when the last user disconnects", async () => {
    const { browser, folder } = await mirroredService();
    expect(rowsIn(folder)).toBeGreaterThan(50);
    const csrf = csrfOf((await browser.get("/setup")).text);
    await browser.post("/setup/disconnect").type("form").send({ csrf });
    await until(() => expect(rowsIn(folder)).toBe(0));
  });

  it("when the last user revokes the access in Clio", async () => {
    const { sandbox, folder, clock, ask } = await mirroredService();
    sandbox.revoke(350);
    clock.now += 5 * 60_000;
    await until(() => expect(rowsIn(folder)).toBe(0));
    const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
    expect(body.code).toBe("clio_not_connected");
  });

  it("by DIRECTORY=live, and read again with DIRECTORY=mirror", async () => {
    const { restart, folder, ask } = await mirroredService();
    const live = await restart({ DIRECTORY: "live" });
    await until(() => expect(rowsIn(folder)).toBe(0));
    expect((await ask("/route-call", { caller_id: janeDoe.phone })).body.found).toBe(true);
    expect(callLines(live).at(-1)).toMatchObject({ directory: "live", clio_requests: 2 });
    await complete(await restart());
  });

  it("when its key is removed from SECRET_KEY, and read again once a user connects", async () => {
    const { restart, ask, folder } = await mirroredService();
    const service = await restart({ SECRET_KEY: OTHER_KEY });
    const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
    expect(body.code).toBe("clio_not_connected");
    await until(() => expect(rowsIn(folder)).toBe(0));
    // Another user: the first one's connection stays unreadable, and comes before hers in the order of the firm.
    await connectUser(service, { userId: 351 });
    await complete(service);
    expect((await ask("/route-call", { caller_id: janeDoe.phone })).body.found).toBe(true);
    expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror" });
  });
});

it("a mirror is kept when SECRET_KEY gets a new first key, and is still readable after the old key is removed", async () => {
  const { restart, ask, requests } = await mirroredService();
  await restart({ SECRET_KEY: `${OTHER_KEY},${FIRST_KEY}` });
  const before = requests();
  const service = await restart({ SECRET_KEY: OTHER_KEY });
  expect((await ask("/route-call", { caller_id: janeDoe.phone })).body.found).toBe(true);
  expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror", clio_requests: 0 });
  expect(requests()).toBe(before);
});

describe("a mirror is the view of the lookup account", () => {
  it("and answers no calls once another user is chosen", async () => {
    const firm = exampleFirm();
    const colleague = firm.users.find(({ id }) => id === 351);
    colleague?.hiddenContacts.add(janeDoe.contactId);
    const mirrored = await mirroredService({ sandbox: { firms: [firm] } });
    const { service, ask, browser } = mirrored;
    await connectUser(service, { userId: 351 });
    const csrf = csrfOf((await browser.get("/setup")).text);
    await browser.post("/setup/answering").type("form").send({ csrf, user_id: "351" });
    expect((await ask("/lookup-contact", { phone: janeDoe.phone })).body.data).toBe(null);
    await until(async () => {
      expect((await ask("/lookup-contact", { phone: exampleCases.couple.phone })).body.candidate_count).toBe(
        2,
      );
      expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror" });
    });
    expect((await ask("/lookup-contact", { phone: janeDoe.phone })).body.data).toBe(null);
  });

  it("and of the next user when the first one's access ends", async () => {
    const { service, sandbox, clock, ask } = await mirroredService();
    await connectUser(service, { userId: 351 });
    sandbox.revoke(350);
    clock.now += 5 * 60_000;
    await until(async () => {
      expect((await ask("/route-call", { caller_id: janeDoe.phone })).body.found).toBe(true);
      expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror", clio_requests: 0 });
      expect(sandbox.requests.at(-1)?.userId).toBe(351);
    });
  });
});

it("no client data is readable in the files or in the log", async () => {
  const { folder, service, ask, sandbox } = await mirroredService();
  await ask("/route-call", { caller_id: janeDoe.phone, name: "Jane Doe" });
  const files = await readdir(folder);
  const onDisk = Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))));
  const logged = service.logLines.join("\n");
  const firm = sandbox.firms[0];
  const clientData = [
    ...(firm?.contacts ?? []).flatMap((contact) => [
      contact.name,
      ...contact.phone_numbers.map(({ number }) => number),
      ...contact.phone_numbers.map(({ number }) => number.replace(/\D/g, "")),
      ...contact.email_addresses.map(({ address }) => address),
    ]),
    ...(firm?.matters ?? []).flatMap(({ display_number, description }) => [display_number, description]),
    ...(firm?.users ?? []).flatMap(({ name, email }) => [name, email]),
  ].filter((text) => text.length >= 4);
  expect(clientData.length).toBeGreaterThan(100);
  expect(clientData.filter((text) => onDisk.includes(text))).toEqual([]);
  expect(clientData.filter((text) => logged.includes(text))).toEqual([]);
  expect(await metric(service, 'clio_mirror_records{kind="contacts"}')).toBe(firm?.contacts.length);
});
