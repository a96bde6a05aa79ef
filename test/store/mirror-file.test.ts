import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { contactTerms } from "../../src/calls/matching/search-terms.ts";
import { SealError } from "../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import type { MirrorRecord } from "../../src/store/repositories/mirror-records.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { contact, idsOf, matter, staff } from "./battery/records.ts";
import { NOON, user } from "./fixtures.ts";

/** What the mirror's tables hold, looked at and meddled with past the store. */

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
  const { id: mirrorId } = await store.mirrors.create("us-1", 350, "form");
  return { path, store, mirrorId };
}

/** Writes into the file as somebody would who has it, and no key. */
function meddle(path: string, statement: string): void {
  const database = new DatabaseSync(path);
  expect(database.prepare(statement).run().changes).toBeGreaterThan(0);
  database.close();
}

// ——— Nothing readable

const GIVEN = "Thessaly Ottoline Perpetua Lysander Philippa Cordelia".split(" ");
const FAMILY =
  "Quillfeather Marchbanks O'Shaughnessy Abernathy Ravensworth Núñez-Villanueva Zimmermann".split(" ");
const COMPANY = "Brightwater Excavation & Hauling, L.L.C.";
const PEOPLE = 100;

/** The i-th of a firm's contacts: each has last four digits that are nobody else's, all of them kept for fiction. */
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

async function filled(store: Store, mirrorId: number): Promise<MirrorRecord<"contact">[]> {
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
  await store.mirrorRecords.put(mirrorId, "user", [staff(350, paralegal)], "these");
  const matters = contacts.map(({ content }, i) =>
    matter(4_000_000 + i, content.id, {
      displayNumber: `0${7000 + i}-Quillfeather`,
      description: "Guardianship of the Ravensworth twins",
      staff: { responsible_staff: staff(350, paralegal).content },
    }),
  );
  await store.mirrorRecords.put(mirrorId, "matter", matters, "these");
  // Again, so that changed rows are in the log as well.
  const renamed = person(0);
  const changed = { ...renamed.content, name: "Thessaly Quillfeather-Ravensworth" };
  await store.mirrorRecords.put(mirrorId, "contact", [{ ...renamed, content: changed }], "these");
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

/** What nobody may find in the file, in whatever case. */
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

/** Every way in which a number of a contact could stand there. */
function numbersOf({ content }: MirrorRecord<"contact">): string[] {
  return content.phoneNumbers.flatMap((typed) => {
    const digits = typed.replace(/ x204$/, "").replace(/\D/g, "");
    return digits.length < 7 ? [typed] : [typed, digits, digits.slice(-7)];
  });
}

/** What a text becomes without a key: the first bytes of its digests, however they are written. */
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

/** Everything that looks like base64, taken for it: where a value begins does not show. */
function decoded(text: string): string[] {
  const runs = text.match(/[\w+/-]{32,}/g) ?? [];
  return [0, 1, 2, 3].map((start) =>
    runs.map((run) => Buffer.from(run.slice(start), "base64url").toString("latin1")).join("\n"),
  );
}

/** As SQLite would have written it: the file is read byte by byte. */
const asBytes = (text: string) => Buffer.from(text).toString("latin1");

describe("the file of a mirror", () => {
  async function expectNothingReadable(path: string, mirrorId: number, contacts: MirrorRecord<"contact">[]) {
    const { text } = contentOf(path);
    // So that neither an empty file passes nor a search that finds nothing: what should be there is found.
    const { hash } = SEALER.cipherFor(mirrorId);
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

    // Four digits stand somewhere by chance. What is looked for is that they are not there for each contact.
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

  it("holds nothing that names a person, a number or a matter, in itself or in its log", async () => {
    const { path, store, mirrorId } = await setUp();
    const contacts = await filled(store, mirrorId);
    expect(contentOf(path).files).toEqual(["router.db", "router.db-wal"]);
    await expectNothingReadable(path, mirrorId, contacts);
    await store.close();
    expect(contentOf(path).files).toEqual(["router.db"]);
    await expectNothingReadable(path, mirrorId, contacts);
  });

  it("holds no digest that could be made without the key", async () => {
    const { path, store, mirrorId } = await setUp();
    const contacts = await filled(store, mirrorId);
    expectNoKeylessDigest(path, contacts);
    await store.close();
    expectNoKeylessDigest(path, contacts);
  });

  it("holds another hash for the same number in every mirror", async () => {
    const { path, store, mirrorId } = await setUp();
    const other = await store.mirrors.create("us-2", 350, "form");
    const term = "whole +14155550171";
    for (const id of [mirrorId, other.id])
      await store.mirrorRecords.put(id, "contact", [contact(1, [term])], "these");
    const database = new DatabaseSync(path, { readOnly: true });
    const columns = (table: string, column: string) =>
      database
        .prepare(`SELECT ${column} AS value FROM ${table}`)
        .all()
        .map(({ value }) => value);
    expect(new Set(columns("mirror_terms", "hash"))).toEqual(
      new Set([mirrorId, other.id].map((id) => SEALER.cipherFor(id).hash(term))),
    );
    expect(new Set(columns("mirror_terms", "hash")).size).toBe(2);
    expect(new Set(columns("mirror_records", "digest")).size).toBe(2);
    expect(new Set(columns("mirror_records", "sealed")).size).toBe(2);
    database.close();
  });

  it("holds no row of a mirror that was swept", async () => {
    const { path, store, mirrorId } = await setUp();
    await filled(store, mirrorId);
    await store.mirrors.discard("us-1");
    while (await store.mirrors.sweep(50));
    const database = new DatabaseSync(path, { readOnly: true });
    for (const table of ["mirrors", "mirror_records", "mirror_terms", "noted_changes"])
      expect(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()).toEqual({ rows: 0 });
    database.close();
  });
});

// ——— Moved rows

describe("a row of a mirror that was moved", () => {
  const DIGEST_TOO = "sealed = other.sealed, digest = other.digest";

  it.each<[string, statement: (mirrorId: number, otherId: number) => string]>([
    [
      "to another contact",
      (mirrorId) => `UPDATE mirror_records SET ${DIGEST_TOO} FROM mirror_records AS other
        WHERE mirror_records.mirror_id = ${mirrorId} AND mirror_records.kind = 'contact' AND mirror_records.id = 1
        AND other.mirror_id = ${mirrorId} AND other.kind = 'contact' AND other.id = 2`,
    ],
    [
      "to another kind of record",
      (mirrorId) => `UPDATE mirror_records SET ${DIGEST_TOO} FROM mirror_records AS other
        WHERE mirror_records.mirror_id = ${mirrorId} AND mirror_records.kind = 'contact' AND mirror_records.id = 1
        AND other.mirror_id = ${mirrorId} AND other.kind = 'matter' AND other.id = 1`,
    ],
    [
      "to another firm's mirror",
      (mirrorId, otherId) => `UPDATE mirror_records SET ${DIGEST_TOO} FROM mirror_records AS other
        WHERE mirror_records.mirror_id = ${mirrorId} AND mirror_records.kind = 'contact' AND mirror_records.id = 1
        AND other.mirror_id = ${otherId} AND other.kind = 'contact' AND other.id = 1`,
    ],
    [
      "by its id",
      (mirrorId) => `UPDATE mirror_records SET id = id + 100
        WHERE mirror_id = ${mirrorId} AND kind = 'contact' AND id = 1`,
    ],
  ])("%s does not open", async (what, statement) => {
    const { path, store, mirrorId } = await setUp();
    const other = await store.mirrors.create("us-2", 350, "form");
    const { put, contactsByTerms, contactsByEitherTerm } = store.mirrorRecords;
    for (const id of [mirrorId, other.id]) {
      await put(id, "contact", [contact(1, ["one"]), contact(2, ["two"])], "these");
      await put(id, "matter", [matter(1, 1), matter(2, 1)], "these");
    }
    expect(idsOf(await contactsByTerms(mirrorId, ["one"]))).toEqual([1]);
    meddle(path, statement(mirrorId, other.id));
    if (what === "by its id")
      meddle(
        path,
        `UPDATE mirror_terms SET contact_id = 101 WHERE mirror_id = ${mirrorId} AND contact_id = 1`,
      );
    await expect(contactsByTerms(mirrorId, ["one"])).rejects.toThrow(SealError);
    await expect(contactsByTerms(mirrorId, ["two", "one"])).rejects.toThrow(SealError);
    await expect(contactsByEitherTerm(mirrorId, ["one", "two"])).rejects.toThrow(SealError);
    // Nobody else's row is worse for it.
    expect(idsOf(await contactsByTerms(mirrorId, ["two"]))).toEqual([2]);
    expect(idsOf(await contactsByTerms(other.id, ["one", "two"]))).toEqual([1, 2]);
  });

  it("a matter that was given to another client does not open", async () => {
    const { path, store, mirrorId } = await setUp();
    const { put, mattersOf } = store.mirrorRecords;
    await put(mirrorId, "matter", [matter(1, 1), matter(2, 2)], "these");
    meddle(path, `UPDATE mirror_records SET client_id = 2 WHERE mirror_id = ${mirrorId} AND id = 1`);
    await expect(mattersOf(mirrorId, 2)).rejects.toThrow(SealError);
  });

  it("takes whoever it is into no other firm's matters or users", async () => {
    const { path, store, mirrorId } = await setUp();
    const other = await store.mirrors.create("us-2", 350, "form");
    const { put, mattersOf, users } = store.mirrorRecords;
    await put(other.id, "matter", [matter(1, 1)], "these");
    await put(other.id, "user", [staff(350)], "these");
    expect(await mattersOf(other.id, 1)).toHaveLength(1);
    meddle(path, `UPDATE mirror_records SET mirror_id = ${mirrorId}`);
    await expect(mattersOf(mirrorId, 1)).rejects.toThrow(SealError);
    await expect(users(mirrorId)).rejects.toThrow(SealError);
  });

  it("or damaged together with its digest is written anew by the next reading", async () => {
    const { path, store, mirrorId } = await setUp();
    const { put, contactsByTerms } = store.mirrorRecords;
    await put(mirrorId, "contact", [contact(1, ["one"])], "these");
    meddle(path, "UPDATE mirror_records SET sealed = 'AAAA', digest = 'AAAA'");
    await expect(contactsByTerms(mirrorId, ["one"])).rejects.toThrow(SealError);
    expect(await put(mirrorId, "contact", [contact(1, ["one"])], "these")).toBe(1);
    expect(await contactsByTerms(mirrorId, ["one"])).toEqual([contact(1).content]);
  });

  it("of the terms leads to the contact as it is, not to what was looked for", async () => {
    const { path, store, mirrorId } = await setUp();
    await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["one"]), contact(2, [])], "these");
    meddle(path, "UPDATE mirror_terms SET contact_id = 2");
    expect(await store.mirrorRecords.contactsByTerms(mirrorId, ["one"])).toEqual([contact(2).content]);
  });

  it("does not open with another secret key, and is not found", async () => {
    const { path, store, mirrorId } = await setUp();
    await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["one"])], "these");
    await store.mirrorRecords.put(mirrorId, "user", [staff(350)], "these");
    await store.close();
    for (const keys of [[NEW_KEY], [NEW_KEY, OLD_KEY]]) {
      const other = await openStore({ kind: "sqlite", path }, createSealer(keys));
      onTestFinished(() => other.close());
      expect(await other.mirrorRecords.contactsByTerms(mirrorId, ["one"])).toEqual([]);
      await expect(other.mirrorRecords.users(mirrorId)).rejects.toThrow(SealError);
    }
  });
});

describe("a webhook's secret", () => {
  it("does not open under another webhook", async () => {
    const { path, store } = await setUp();
    const add = (model: "contact" | "matter") =>
      store.webhooks.add({ firmId: "us-1", userId: 350, model, expiresAt: 0 }, (id) => id);
    const [one, other] = [await add("contact"), await add("matter")];
    await store.webhooks.confirmHandshake(one.id, "secret 1");
    await store.webhooks.confirmHandshake(other.id, "secret 2");
    meddle(
      path,
      `UPDATE webhooks SET sealed_secret = (SELECT sealed_secret FROM webhooks WHERE id = '${other.id}')
        WHERE id = '${one.id}'`,
    );
    expect((await store.webhooks.find(one.id))?.secret).toBeNull();
    expect(await store.webhooks.confirmHandshake(one.id, "secret 2")).toBe(false);
    expect((await store.webhooks.find(other.id))?.secret).toBe("secret 2");
  });
});

describe("a connection of before there were mirrors", () => {
  /** Takes the database back to before the migration that brought the mirrors. */
  function takeBack(path: string, more = ""): void {
    const tables = [
      "mirrors",
      "mirror_records",
      "mirror_terms",
      "noted_changes",
      "leases",
      "webhooks",
      "invitations",
      "clio_windows",
      "wrong_guesses",
    ];
    const database = new DatabaseSync(path);
    database.exec(`${tables.map((table) => `DROP TABLE ${table};`).join("")}
      ALTER TABLE connections DROP COLUMN kid;
      ALTER TABLE firms DROP COLUMN last_call_at;
      DELETE FROM kysely_migration WHERE name >= '0003';
      ${more}`);
    database.close();
  }

  it("is told by the key that sealed it: it answers for nothing once that is gone", async () => {
    const { path, store } = await setUp();
    await store.connections.save(user("us-1", 350));
    await store.close();
    takeBack(path);
    const same = await openStore({ kind: "sqlite", path }, SEALER, () => NOON);
    expect(await same.mirrors.ofFirm("us-1")).toMatchObject({ lookupUserId: 350 });
    await same.close();

    const other = await openStore({ kind: "sqlite", path }, createSealer([NEW_KEY]), () => NOON + 1000);
    onTestFinished(() => other.close());
    expect(await other.mirrors.ofFirm("us-1")).toMatchObject({ lookupUserId: null });
    await other.connections.save(user("us-1", 351));
    expect(await other.connections.lookupAccount("us-1")).toMatchObject({ userId: 351 });
    // Else the mirror would wait for a user through whom Clio is never asked.
    expect(await other.mirrors.ofFirm("us-1")).toMatchObject({ lookupUserId: 351 });
  });

  it("is each told by its own key", async () => {
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
    takeBack(path);
    const onlyNew = await openStore({ kind: "sqlite", path }, createSealer([NEW_KEY]));
    onTestFinished(() => onlyNew.close());
    for (const [firmId, userId] of [
      ["us-1", 351],
      ["us-2", 350],
    ] as const) {
      expect(await onlyNew.connections.lookupAccount(firmId)).toMatchObject({ userId });
      expect(await onlyNew.mirrors.ofFirm(firmId)).toMatchObject({ lookupUserId: userId });
    }
  });

  it("whose seal is damaged is unreadable, and keeps no store from opening", async () => {
    const { path, store } = await setUp();
    await store.connections.save(user("us-1", 350));
    await store.connections.save(user("us-1", 351));
    await store.close();
    takeBack(path, "UPDATE connections SET sealed = 'not a seal' WHERE user_id = 350;");
    const again = await openStore({ kind: "sqlite", path }, SEALER);
    onTestFinished(() => again.close());
    expect(await again.connections.find("us-1", 350)).toMatchObject({ state: "unreadable" });
    expect(await again.connections.lookupAccount("us-1")).toMatchObject({ userId: 351 });
    expect(await again.mirrors.ofFirm("us-1")).toMatchObject({ lookupUserId: 351 });
  });
});
