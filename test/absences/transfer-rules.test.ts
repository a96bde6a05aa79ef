import { describe, expect, test } from "vitest";
import { pathOf } from "../../testkit/service.ts";
import { cases, FELIX, NOW, setUpAbsences } from "./set-up.ts";

interface Rule {
  readonly name: string;
  readonly matter_count: number;
}

describe.each(["mirror", "live"] as const)("with DIRECTORY=%s", (directory) => {
  test("a stand-in needs a transfer rule, although no matter leads to them", async () => {
    const { browser, absences, firmId, away, newcomer } = await setUpAbsences(directory);
    const rules = async (): Promise<Rule[]> => (await browser.get("/transfer-rules.json")).body;
    const names = async () => (await rules()).map(({ name }) => name);
    expect(await names()).not.toContain(newcomer.name);
    const id = await away({ standInId: newcomer.id, from: NOW + 3_600_000, until: null });
    expect(await rules()).toContainEqual(expect.objectContaining({ name: newcomer.name, matter_count: 0 }));
    expect((await browser.get("/transfer-rules")).text).toContain(
      "Takes calls while Felix Dubinsky is away.",
    );
    await absences.remove(firmId, id);
    expect(await names()).not.toContain(newcomer.name);
  });

  test("so does the next role on a matter of someone who is away, and no one else", async () => {
    const { browser, away, sandbox } = await setUpAbsences(directory);
    const names = async () =>
      ((await browser.get("/transfer-rules.json")).body as Rule[]).map(({ name }) => name);
    const before = await names();
    const doe = sandbox.firms[0]?.matters.find(({ id }) => id === cases.janeDoe.matterId);
    const attorney = sandbox.firms[0]?.users.find(({ id }) => id === doe?.responsible_attorney_id);
    await away({ standInId: null });
    const after = await names();
    expect(after).toContain(attorney?.name);
    expect(after).toEqual(expect.arrayContaining(before));
  });
});

test("a click in Clio shows who is away, and who takes the calls meanwhile", async () => {
  const { browser, away, absences, firmId, sandbox } = await setUpAbsences("mirror");
  const subjectPath = `/api/v4/matters/${cases.janeDoe.matterId}`;
  const click = async () => (await browser.get(pathOf(sandbox.click({ userId: FELIX, subjectPath })))).text;
  expect(await click()).not.toContain("Away now");
  const id = await away();
  expect(await click()).toContain(
    "Felix Dubinsky is away until Sun, May 31, 2026, 9:00 AM. Calls go to Nora Newcomb meanwhile.",
  );
  await absences.remove(firmId, id);
  await away({ standInId: null, until: null });
  const doe = sandbox.firms[0]?.matters.find((matter) => matter.id === cases.janeDoe.matterId);
  const attorney = sandbox.firms[0]?.users.find((user) => user.id === doe?.responsible_attorney_id);
  expect(await click()).toContain(`Felix Dubinsky is away. Calls go to ${attorney?.name} meanwhile.`);
  await away({ userId: attorney?.id, standInId: null, until: null });
  expect(await click()).toContain("Felix Dubinsky is away. The receptionist takes a message.");
});
