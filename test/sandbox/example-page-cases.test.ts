import { expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";

const firm = exampleFirm();
const contact = (id: number) => firm.contacts.find((each) => each.id === id)!;
const userOf = (id: number) => firm.users.find((each) => each.id === id)!;
const matterOf = (id: number) => firm.matters.find((each) => each.id === id)!;
const mattersOf = (id: number) => firm.matters.filter((each) => each.client_id === id);

test("two users with the same name, each with an open matter", () => {
  const { name, userIds, contactIds, matterIds } = cases.sameNameStaff;
  const users = userIds.map(userOf);
  expect(users).toMatchObject([
    { name, enabled: true },
    { name, enabled: true },
  ]);
  expect(new Set(users.map(({ phone_number }) => phone_number)).size).toBe(2);
  expect(matterIds.map(matterOf)).toMatchObject([
    { status: "Open", client_id: contactIds[0], responsible_staff_id: userIds[0] },
    { status: "Open", client_id: contactIds[1], responsible_staff_id: userIds[1] },
  ]);
});

test("names with HTML and formulas", () => {
  const { scriptMatter, formulaContact, markupStaff, formulaStaff } = cases;
  expect(matterOf(scriptMatter.matterId)).toMatchObject({
    client_id: scriptMatter.contactId,
    description: "<script>alert(1)</script>",
  });
  expect(contact(formulaContact.contactId).name).toBe('=HYPERLINK("http://x.example","click")');
  expect(matterOf(formulaContact.matterId).display_number).toContain(formulaContact.name);
  expect(userOf(markupStaff.userId).name).toContain("<b>");
  expect(matterOf(markupStaff.matterId).responsible_staff_id).toBe(markupStaff.userId);
  expect(userOf(formulaStaff.userId).name).toMatch(/^=/);
  expect(matterOf(formulaStaff.matterId)).toMatchObject({
    description: expect.stringMatching(/^@/),
    responsible_staff_id: formulaStaff.userId,
  });
});

test("a client whose three live matters have different staff, and a contact without a matter", () => {
  const { threePeople, contactWithoutMatter } = cases;
  const matters = mattersOf(threePeople.contactId);
  expect(matters.map(({ id }) => id)).toEqual(threePeople.matterIds);
  expect(matters.map((each) => each.responsible_staff_id)).toEqual(threePeople.responsibleStaffIds);
  expect(matters.map(({ status }) => status)).toEqual(["Open", "Open", "Pending"]);
  expect(contact(contactWithoutMatter.contactId)).toBeDefined();
  expect(mattersOf(contactWithoutMatter.contactId)).toEqual([]);
});

test("only the bookkeeper has restricted access", () => {
  const { userId, hiddenContactIds, lacks } = cases.bookkeeper;
  const bookkeeper = userOf(userId);
  expect([...bookkeeper.hiddenContacts]).toEqual(hiddenContactIds);
  expect(bookkeeper.permissions.has(lacks)).toBe(false);
  expect(bookkeeper.permissions.has("custom_actions")).toBe(true);
  for (const { id, hiddenContacts, permissions } of firm.users) {
    if (id !== userId) expect([hiddenContacts.size, permissions.has(lacks)]).toEqual([0, true]);
  }
});

test("activities, documents and folders refer only to existing records and have unique IDs", () => {
  const { activities = [], documents = [], folders = [] } = firm;
  const filed = [...documents, ...folders];
  for (const { id, matter_id, user_id } of activities) {
    if (matter_id !== null) expect(matterOf(matter_id), String(id)).toBeDefined();
    expect(userOf(user_id), String(id)).toBeDefined();
  }
  for (const { id, matter_id, contact_id, parent_id } of filed) {
    if (matter_id !== null) expect(matterOf(matter_id), String(id)).toBeDefined();
    if (contact_id !== null) expect(contact(contact_id), String(id)).toBeDefined();
    if (parent_id !== null) expect(folders.find((each) => each.id === parent_id)).toBeDefined();
  }
  for (const records of [activities, documents, folders]) {
    expect(records.length).toBeGreaterThan(3);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  }
});
