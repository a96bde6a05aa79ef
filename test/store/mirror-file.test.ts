import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { contactTerms } from "../../src/calls/matching/search-terms.ts";
import { migrate } from "../../src/store/db/migrate.ts";
import { MIGRATIONS } from "../../src/store/db/migrations/index.ts";
import type { Schema } from "../../src/store/db/schema.ts";
import { openSqlite } from "../../src/store/db/sqlite/sqlite.ts";
import { SealError } from "../../src/store/encryption/seal-error.ts";
import { createSealer, type Sealer } from "../../src/store/encryption/sealing.ts";
import type { MirrorRecord } from "../../src/store/repositories/mirror-record-encryption.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { contact, idsOf, matter, staff } from "./battery/records.ts";
import { NOON, user } from "./fixtures.ts";

/** These tests read and change the database file directly, like someone who has the file but not the secret key. */

const folder = mkdtempSync(join(tmpdir(), "mirror-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

const OLD_KEY = new Uint8Array(32).fill(1);
const NEW_KEY = new Uint8Array(32).fill(2);
const SEALER = createSealer([OLD_KEY]);
const MODELS = ["contact", "matter"] as const;

let files = 0;

async function setUp() {
  const path = join(folder, `${++files}`, "router.db");
  const store = await openStore({ kind: "sqlite", path }, SEALER);
  onTestFinished(() => store.close());
  for (const accountId of [1, 2])
    await store.firms.admit({ region: "us", accountId, name: "Doe LLP" }, { onlyFirst: false });
  await store.connections.save(user("us-1", 350));
  const { id: mirrorId } = await store.mirrors.create("us-1", 350, "format");
  return { path, store, mirrorId };
}

function tamper(path: string, statement: string): void {
  const database = new DatabaseSync(path);
  expect(database.prepare(statement).run().changes).toBeGreaterThan(0);
  database.close();
}

const GIVEN = "Thessaly Ottoline Perpetua Lysander Philippa Cordelia".split(" ");
const FAMILY =
  "Quillfeather Marchbanks O'Shaughnessy Abernathy Ravensworth Núñez-Villanueva Zimmermann".split(" ");
const COMPANY = "Brightwater Excavation & Hauling, L.L.C.";
const PEOPLE = 100;

/** The i-th of a firm's contacts. The last four digits of each are unique, and reserved for fiction. */
function person(i: number): MirrorRecord<"contact"> {
  const lastFour = `01${String(i).padStart(2, "0")}`;
  const firstName = GIVEN[i % GIVEN.length] ?? "";
  const lastName = FAMILY[i % FAMILY.length] ?? "";
  const { content } = contact(3_000_000 + i, [], {
    name: `${firstName} ${lastName}`,
    firstName,
    lastName,
    phoneNumbers: [
      `(415) 555-${lastFour}`,
      `212.555.${lastFour} x204`,
      `555-${lastFour}`,
      `office: ends in ${lastFour}`,
    ],
  });
  return { kind: "contact", content, clientId: null, terms: contactTerms(content, "US") };
}

async function fill(store: Store, mirrorId: number): Promise<MirrorRecord<"contact">[]> {
  const hauling = contact(2_999_999, [], {
    name: COMPANY,
    firstName: null,
    lastName: null,
    type: "Company",
    phoneNumbers: ["+44 20 7946 0958"],
  });
  const people = Array.from({ length: PEOPLE }, (_, i) => person(i));
  const contacts = [{ ...hauling, terms: contactTerms(hauling.content, "US") }, ...people];
  await store.mirrorRecords.put(mirrorId, "contact", contacts, { after: 0, upTo: null });
  const paralegal = {
    name: "Bartholomew Featherstone",
    email: "b.featherstone@quillmarch.example",
    phoneNumber: "(628) 555-0143",
  };
  await store.mirrorRecords.put(mirrorId, "user", [staff(350, paralegal)], "no-deletions");
  const matters = contacts.map(({ content }, i) =>
    matter(4_000_000 + i, content.id, {
      displayNumber: `0${7000 + i}-Quillfeather`,
      description: "Guardianship of the Ravensworth twins",
      staff: { responsible_staff: staff(350, paralegal).content },
    }),
  );
  await store.mirrorRecords.put(mirrorId, "matter", matters, "no-deletions");
  // Once more, so that the WAL contains changed rows as well.
  const renamed = person(0);
  const changed = { ...renamed.content, name: "Thessaly Quillfeather-Ravensworth" };
  await store.mirrorRecords.put(mirrorId, "contact", [{ ...renamed, content: changed }], "no-deletions");
  await store.pendingChanges.add(mirrorId, "client", [3_000_001]);
  for (const model of MODELS) {
    const { id } = await store.webhooks.add(
      { firmId: "us-1", userId: 350, model, expiresAt: 0 },
      (id) => `https://router.example/webhooks/clio/${id}`,
    );
    await store.webhooks.confirmHandshake(id, `webhook-secret-of-${model}`);
  }
  return contacts;
}

/** Words that must not appear in the file, in upper or lower case. */
const WORDS = [
  ...GIVEN,
  "Quillfeather",
  "Marchbanks",
  "Shaughnessy",
  "Abernathy",
  "Ravensworth",
  "Núñez",
  "Villanueva",
  "Zimmermann",
  "Brightwater",
  "Excavation",
  "Bartholomew",
  "Featherstone",
  "quillmarch",
  "Guardianship",
  "webhook-secret",
  "responsible_staff",
  "phoneNumbers",
  "firstName",
  "displayNumber",
  "ends in",
  "207946",
  "6285550143",
  "555-0143",
];

/** All forms in which a contact's numbers could appear in the file. */
function numbersOf({ content }: MirrorRecord<"contact">): string[] {
  return content.phoneNumbers.flatMap((typed) => {
    const digits = typed.replace(/ x204$/, "").replace(/\D/g, "");
    return digits.length < 7 ? [typed] : [typed, digits, digits.slice(-7)];
  });
}

/** Digests of a text that need no key: their first bytes, in several encodings. */
function keylessDigests(text: string): string[] {
  const digests = [
    createHash("sha256").update(text).digest(),
    createHmac("sha256", "").update(text).digest(),
    createHash("sha1").update(text).digest(),
    createHash("md5").update(text).digest(),
  ];
  return digests.flatMap((digest) => {
    const first = digest.subarray(0, 12);
    return [
      first.toString("hex"),
      first.toString("hex").toUpperCase(),
      first.toString("base64"),
      first.toString("base64url"),
      first.toString("latin1"),
    ];
  });
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

function contentOf(path: string): { files: string[]; text: string } {
  const files = readdirSync(dirname(path)).filter((file) => !file.endsWith("-shm"));
  return {
    files: files.toSorted(),
    text: files.map((file) => readFileSync(join(dirname(path), file)).toString("latin1")).join("\n"),
  };
}

/** Everything that looks like base64, decoded at every offset, because values can begin anywhere. */
function decoded(text: string): string[] {
  const runs = text.match(/[\w+/-]{32,}/g) ?? [];
  return [0, 1, 2, 3].map((start) =>
    runs.map((run) => Buffer.from(run.slice(start), "base64url").toString("latin1")).join("\n"),
  );
}

/** The UTF-8 bytes of a text as `latin1`, which is how the file is read. */
const asBytes = (text: string) => Buffer.from(text).toString("latin1");

describe("the file of a mirror", () => {
  async function expectNothingReadable(
    path: string,
    hash: (term: string) => string,
    contacts: MirrorRecord<"contact">[],
  ) {
    const { text } = contentOf(path);
    // Find what must be there first, to be sure that the search works and the file isn't empty.
    expect(text).toContain("us-1");
    for (const { terms } of contacts.slice(0, 20))
      for (const term of terms) expect(text).toContain(hash(term));

    for (const reading of [text, ...decoded(text)]) {
      const lowerCase = reading.toLowerCase();
      for (const word of WORDS) expect(lowerCase).not.toContain(asBytes(word.toLowerCase()));
    }
    for (const word of WORDS) expect(text).not.toContain(Buffer.from(word).toString("hex"));
    for (const one of contacts) {
      for (const number of numbersOf(one)) expect(text).not.toContain(number);
      for (const term of one.terms) expect(text).not.toContain(asBytes(term));
    }

    // Some four digits appear by chance. They must not appear for each contact.
    const endings = contacts.slice(1).map(({ content }) => content.phoneNumbers[0]?.slice(-4) ?? "");
    expect(new Set(endings).size).toBe(PEOPLE);
    const byChance = (endings.length * text.length) / 64 ** 4;
    const found = endings.reduce((sum, ending) => sum + occurrences(text, ending), 0);
    expect(byChance).toBeLessThan(PEOPLE / 5);
    expect(found).toBeLessThan(PEOPLE / 2);
  }

  function expectNoKeylessDigest(path: string, contacts: MirrorRecord<"contact">[]): void {
    const { text } = contentOf(path);
    const texts = contacts
      .slice(0, 20)
      .flatMap(({ content, terms }) => [
        ...terms,
        ...content.phoneNumbers,
        ...content.phoneNumbers.map((typed) => typed.replace(/\D/g, "")),
        ...content.phoneNumbers.map((typed) => typed.replace(/ x204$/, "").slice(-4)),
        ...terms.map((term) => term.replace(/^(?:whole, by its end|whole|end|name) /, "")),
        content.name ?? "",
        content.name?.toLowerCase() ?? "",
        content.lastName ?? "",
        JSON.stringify(content),
      ]);
    for (const one of new Set(texts))
      for (const digest of keylessDigests(one)) expect(text).not.toContain(digest);
  }

  it("contains no name, number or matter in clear, nor does its WAL", async () => {
    const { path, store, mirrorId } = await setUp();
    const contacts = await fill(store, mirrorId);
    expect(contentOf(path).files).toEqual(["router.db", "router.db-wal"]);
    const { hash } = await store.mirrorKeys.cipherFor(mirrorId);
    await expectNothingReadable(path, hash, contacts);
    await store.close();
    expect(contentOf(path).files).toEqual(["router.db"]);
    await expectNothingReadable(path, hash, contacts);
  });

  it("contains no digest that could be computed without the key", async () => {
    const { path, store, mirrorId } = await setUp();
    const contacts = await fill(store, mirrorId);
    expectNoKeylessDigest(path, contacts);
    await store.close();
    expectNoKeylessDigest(path, contacts);
  });

  it("contains a different hash for the same number in every mirror", async () => {
    const { path, store, mirrorId } = await setUp();
    const other = await store.mirrors.create("us-2", 350, "format");
    const term = "whole +14155550171";
    for (const id of [mirrorId, other.id])
      await store.mirrorRecords.put(id, "contact", [contact(1, [term])], "no-deletions");
    const database = new DatabaseSync(path, { readOnly: true });
    const columns = (table: string, column: string) =>
      database
        .prepare(`SELECT ${column} AS value FROM ${table}`)
        .all()
        .map(({ value }) => value);
    const ciphers = await Promise.all([mirrorId, other.id].map(store.mirrorKeys.cipherFor));
    const hashes = ciphers.map(({ hash }) => hash(term));
    expect(new Set(hashes).size).toBe(2);
    expect(columns("mirror_terms", "hash")).toEqual(expect.arrayContaining(hashes));
    // Neither do the terms that only hide how many real ones there are.
    const all = columns("mirror_terms", "hash");
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(columns("mirror_records", "digest")).size).toBe(2);
    expect(new Set(columns("mirror_records", "sealed")).size).toBe(2);
    database.close();
  });

  it("says nothing about a contact's length or number of phones, within a step", async () => {
    const { path, store, mirrorId } = await setUp();
    const short = { name: "Al Li", firstName: "Al", lastName: "Li", phoneNumbers: ["415 555 0171"] };
    const long = {
      name: "Bartholomew Núñez-Villanueva",
      firstName: "Bartholomew",
      lastName: "Núñez-Villanueva",
      phoneNumbers: ["(415) 555-0171", "(212) 555-0172"],
    };
    const contacts = [short, long].map((changes, at) => {
      const { content } = contact(at + 1, [], changes);
      return { ...contact(at + 1, contactTerms(content, "US"), changes), content };
    });
    expect(contacts.map(({ terms }) => terms.length)).toEqual([3, 5]);
    await store.mirrorRecords.put(mirrorId, "contact", contacts, "no-deletions");
    const database = new DatabaseSync(path, { readOnly: true });
    const column = (query: string) =>
      database
        .prepare(query)
        .all()
        .map(({ value }) => value);
    const lengths = column("SELECT length(sealed) AS value FROM mirror_records");
    expect(new Set(lengths).size).toBe(1);
    const terms = () => column("SELECT hash AS value FROM mirror_terms WHERE contact_id = 1 ORDER BY hash");
    expect(column("SELECT count(*) AS value FROM mirror_terms GROUP BY contact_id")).toEqual([6, 6]);
    const before = terms();
    // An update doesn't show which terms are padding.
    const renamed = contact(1, contacts[0]?.terms, { ...short, isClient: false });
    expect(await store.mirrorRecords.put(mirrorId, "contact", [renamed], "no-deletions")).toBe(1);
    expect(terms()).toEqual(before);
    database.close();
    expect(await store.mirrorRecords.contactsByTerms(mirrorId, contacts[1]?.terms ?? [])).toHaveLength(2);
    expect(idsOf(await store.mirrorRecords.contactsByTerms(mirrorId, ["padding contact:1 0"]))).toEqual([1]);
  });

  it("contains no row of a mirror that was swept", async () => {
    const { path, store, mirrorId } = await setUp();
    await fill(store, mirrorId);
    await store.mirrors.discard("us-1");
    while (await store.mirrors.sweep(50));
    const database = new DatabaseSync(path, { readOnly: true });
    for (const table of ["mirrors", "mirror_records", "mirror_terms", "noted_changes"])
      expect(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()).toEqual({ rows: 0 });
    database.close();
  });
});

describe("a row that was tampered with", () => {
  const CONTENT = "sealed = other.sealed, digest = other.digest";

  it.each<[string, statement: (mirrorId: number, otherId: number) => string]>([
    [
      "moved to another contact",
      (mirrorId) => `UPDATE mirror_records SET ${CONTENT} FROM mirror_records AS other
        WHERE mirror_records.mirror_id = ${mirrorId} AND mirror_records.kind = 'contact' AND mirror_records.id = 1
        AND other.mirror_id = ${mirrorId} AND other.kind = 'contact' AND other.id = 2`,
    ],
    [
      "moved to another kind of record",
      (mirrorId) => `UPDATE mirror_records SET ${CONTENT} FROM mirror_records AS other
        WHERE mirror_records.mirror_id = ${mirrorId} AND mirror_records.kind = 'contact' AND mirror_records.id = 1
        AND other.mirror_id = ${mirrorId} AND other.kind = 'matter' AND other.id = 1`,
    ],
    [
      "moved to another firm's mirror",
      (mirrorId, otherId) => `UPDATE mirror_records SET ${CONTENT} FROM mirror_records AS other
        WHERE mirror_records.mirror_id = ${mirrorId} AND mirror_records.kind = 'contact' AND mirror_records.id = 1
        AND other.mirror_id = ${otherId} AND other.kind = 'contact' AND other.id = 1`,
    ],
    [
      "given another ID",
      (mirrorId) => `UPDATE mirror_records SET id = id + 100
        WHERE mirror_id = ${mirrorId} AND kind = 'contact' AND id = 1`,
    ],
  ])("is not decrypted: %s", async (what, statement) => {
    const { path, store, mirrorId } = await setUp();
    const other = await store.mirrors.create("us-2", 350, "format");
    const { put, contactsByTerms } = store.mirrorRecords;
    for (const id of [mirrorId, other.id]) {
      await put(id, "contact", [contact(1, ["one"]), contact(2, ["two"])], "no-deletions");
      await put(id, "matter", [matter(1, 1), matter(2, 1)], "no-deletions");
    }
    expect(idsOf(await contactsByTerms(mirrorId, ["one"]))).toEqual([1]);
    tamper(path, statement(mirrorId, other.id));
    if (what === "given another ID")
      tamper(
        path,
        `UPDATE mirror_terms SET contact_id = 101 WHERE mirror_id = ${mirrorId} AND contact_id = 1`,
      );
    await expect(contactsByTerms(mirrorId, ["one"])).rejects.toThrow(SealError);
    await expect(contactsByTerms(mirrorId, ["two", "one"])).rejects.toThrow(SealError);
    const { find } = await store.mirrorLookups.contactsByEitherTerm("us-1", ["one", "two"]);
    await expect(find()).rejects.toThrow(SealError);
    // Other rows are not affected.
    expect(idsOf(await contactsByTerms(mirrorId, ["two"]))).toEqual([2]);
    expect(idsOf(await contactsByTerms(other.id, ["one", "two"]))).toEqual([1, 2]);
  });

  it("is not decrypted: a matter assigned to another client", async () => {
    const { path, store, mirrorId } = await setUp();
    const { put, mattersByClient } = store.mirrorRecords;
    await put(mirrorId, "matter", [matter(1, 1), matter(2, 2)], "no-deletions");
    tamper(path, `UPDATE mirror_records SET client_id = 2 WHERE mirror_id = ${mirrorId} AND id = 1`);
    await expect(mattersByClient(mirrorId, 2)).rejects.toThrow(SealError);
  });

  it("does not appear among another firm's matters or users", async () => {
    const { path, store, mirrorId } = await setUp();
    const other = await store.mirrors.create("us-2", 350, "format");
    const { put, mattersByClient, users } = store.mirrorRecords;
    await put(other.id, "matter", [matter(1, 1)], "no-deletions");
    await put(other.id, "user", [staff(350)], "no-deletions");
    expect(await mattersByClient(other.id, 1)).toHaveLength(1);
    tamper(path, `UPDATE mirror_records SET mirror_id = ${mirrorId}`);
    await expect(mattersByClient(mirrorId, 1)).rejects.toThrow(SealError);
    await expect(users(mirrorId)).rejects.toThrow(SealError);
  });

  it("is rewritten by the next sync, if its digest was changed as well", async () => {
    const { path, store, mirrorId } = await setUp();
    const { put, contactsByTerms } = store.mirrorRecords;
    await put(mirrorId, "contact", [contact(1, ["one"])], "no-deletions");
    tamper(path, "UPDATE mirror_records SET sealed = 'AAAA', digest = 'AAAA'");
    await expect(contactsByTerms(mirrorId, ["one"])).rejects.toThrow(SealError);
    expect(await put(mirrorId, "contact", [contact(1, ["one"])], "no-deletions")).toBe(1);
    expect(await contactsByTerms(mirrorId, ["one"])).toEqual([contact(1).content]);
  });

  it("returns the contact's real content, if it is a term that was moved", async () => {
    const { path, store, mirrorId } = await setUp();
    await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["one"]), contact(2, [])], "no-deletions");
    tamper(path, "UPDATE mirror_terms SET contact_id = 2");
    expect(await store.mirrorRecords.contactsByTerms(mirrorId, ["one"])).toEqual([contact(2).content]);
  });

  it("is neither found nor decrypted without the secret key", async () => {
    const { path, store, mirrorId } = await setUp();
    await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["one"])], "no-deletions");
    await store.mirrorRecords.put(mirrorId, "user", [staff(350)], "no-deletions");
    await store.close();
    const other = await openStore({ kind: "sqlite", path }, createSealer([NEW_KEY]));
    onTestFinished(() => other.close());
    await expect(other.mirrorRecords.contactsByTerms(mirrorId, ["one"])).rejects.toThrow(SealError);
    await expect(other.mirrorRecords.users(mirrorId)).rejects.toThrow(SealError);
  });
});

describe("a webhook's secret", () => {
  /** Two webhooks, whose secrets the store has decrypted before. */
  async function setUpWebhooks() {
    const { path, store } = await setUp();
    const add = (model: "contact" | "matter") =>
      store.webhooks.add({ firmId: "us-1", userId: 350, model, expiresAt: 0 }, (id) => id);
    const [one, other] = [await add("contact"), await add("matter")];
    await store.webhooks.confirmHandshake(one.id, "secret 1");
    await store.webhooks.confirmHandshake(other.id, "secret 2");
    expect((await store.webhooks.find(one.id))?.secret).toBe("secret 1");
    expect((await store.webhooks.find(other.id))?.secret).toBe("secret 2");
    return { path, store, one, other };
  }

  it("does not decrypt for another webhook", async () => {
    const { path, store, one, other } = await setUpWebhooks();
    tamper(
      path,
      `UPDATE webhooks SET sealed_secret = (SELECT sealed_secret FROM webhooks WHERE id = '${other.id}')
        WHERE id = '${one.id}'`,
    );
    expect((await store.webhooks.find(one.id))?.secret).toBeNull();
    expect(await store.webhooks.confirmHandshake(one.id, "secret 2")).toBe(false);
    expect((await store.webhooks.find(other.id))?.secret).toBe("secret 2");
  });

  it("does not decrypt once its key was destroyed", async () => {
    const { path, store, one } = await setUpWebhooks();
    tamper(path, "DELETE FROM connection_keys");
    expect((await store.webhooks.find(one.id))?.secret).toBeNull();
  });
});

describe("a connection from before the migration that added mirrors", () => {
  /**
   * Reverts the database to before that migration: copies what the older tables have.
   *
   * @param sealers what each connection was encrypted with, by user ID and firm ID: a secret key, because there were no data keys
   */
  async function revertMigration(path: string, sealers: Record<string, Sealer>, more = ""): Promise<void> {
    const older = `${path}.older`;
    const db = openSqlite<Schema>(older);
    await migrate(db, Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < "0003")));
    await db.destroy();
    const database = new DatabaseSync(older);
    database.exec(`ATTACH '${path}' AS newer`);
    for (const table of ["firms", "connections", "bearer_keys", "used_states"]) {
      const columns = database
        .prepare(`PRAGMA table_info(${table})`)
        .all()
        .map(({ name }) => name);
      database.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`);
    }
    for (const [place, sealer] of Object.entries(sealers)) {
      const [userId = "", firmId = ""] = place.split(" of ");
      const { userName, userEmail, token } = user(firmId, Number(userId));
      const sealed = await sealer.seal({ userName, userEmail, token }, `connection:${firmId}:${userId}`);
      database
        .prepare("UPDATE main.connections SET sealed = ? WHERE user_id = ? AND firm_id = ?")
        .run(sealed, Number(userId), firmId);
    }
    database.exec(more);
    database.close();
    renameSync(older, path);
  }

  it("is no lookup account once the key that sealed it was removed", async () => {
    const { path, store } = await setUp();
    await store.connections.save(user("us-1", 350));
    await store.close();
    await revertMigration(path, { "350 of us-1": SEALER });
    const same = await openStore({ kind: "sqlite", path }, SEALER, () => NOON);
    expect(await same.mirrors.findByFirm("us-1")).toMatchObject({ lookupUserId: 350 });
    await same.close();

    const other = await openStore({ kind: "sqlite", path }, createSealer([NEW_KEY]), () => NOON + 1000);
    onTestFinished(() => other.close());
    expect(await other.mirrors.findByFirm("us-1")).toMatchObject({ lookupUserId: null });
    await other.connections.save(user("us-1", 351));
    expect(await other.connections.lookupAccount("us-1")).toMatchObject({ userId: 351 });
    // Otherwise the mirror would belong to a user whose connection is never used.
    expect(await other.mirrors.findByFirm("us-1")).toMatchObject({ lookupUserId: 351 });
  });

  it("gets the ID of the key that sealed it", async () => {
    const { path, store } = await setUp();
    await store.connections.save(user("us-1", 350));
    await store.close();
    const rotated = await openStore(
      { kind: "sqlite", path },
      createSealer([NEW_KEY, OLD_KEY]),
      () => Date.now() + 1000,
    );
    await rotated.connections.save(user("us-1", 351));
    await rotated.connections.save(user("us-2", 350));
    await rotated.close();
    const newSealer = createSealer([NEW_KEY]);
    await revertMigration(path, {
      "350 of us-1": SEALER,
      "351 of us-1": newSealer,
      "350 of us-2": newSealer,
    });
    const onlyNew = await openStore({ kind: "sqlite", path }, createSealer([NEW_KEY]));
    onTestFinished(() => onlyNew.close());
    for (const [firmId, userId] of [
      ["us-1", 351],
      ["us-2", 350],
    ] as const) {
      expect(await onlyNew.connections.lookupAccount(firmId)).toMatchObject({ userId });
      expect(await onlyNew.mirrors.findByFirm(firmId)).toMatchObject({ lookupUserId: userId });
    }
  });

  it("is unreadable if it is damaged, and the store still opens", async () => {
    const { path, store } = await setUp();
    await store.connections.save(user("us-1", 350));
    await store.connections.save(user("us-1", 351));
    await store.close();
    const damage = "UPDATE connections SET sealed = 'not a seal' WHERE user_id = 350;";
    await revertMigration(path, { "351 of us-1": SEALER }, damage);
    const again = await openStore({ kind: "sqlite", path }, SEALER);
    onTestFinished(() => again.close());
    expect(await again.connections.find("us-1", 350)).toMatchObject({ state: "unreadable" });
    expect(await again.connections.lookupAccount("us-1")).toMatchObject({ userId: 351 });
    expect(await again.mirrors.findByFirm("us-1")).toMatchObject({ lookupUserId: 351 });
  });
});
