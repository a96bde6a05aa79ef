import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { CALLER_RULES, MATTER_RULES, PERSON_RULES } from "../../../src/calls/decision.ts";
import { CALLER_REASONS, MATTER_REASONS, PERSON_REASONS } from "../../../src/views/decision-text.ts";
import { ROUTING_RULE_GROUPS } from "../../../src/views/routing-rules.ts";
import { connectUser, SETUP_TOKEN, sandboxForTest, serviceForTest } from "../../../testkit/service.ts";

const FOREVER = Number.POSITIVE_INFINITY;

async function signedIn(env: Record<string, string> = {}) {
  const sandbox = await sandboxForTest();
  const service = await serviceForTest(sandbox.url, { env });
  const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
  const { browser, page, key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  const tryCaller = async (fields: Record<string, string>) =>
    readPage(
      await browser
        .post("/setup/try")
        .type("form")
        .send({ csrf, ...fields }),
    );
  const routeCall = async (query: Record<string, string>) =>
    (await supertest(service.url).get("/route-call").query(query).set("Authorization", `Bearer ${key}`)).body;
  return { sandbox, browser, tryCaller, routeCall };
}

const unescapeHtml = (html: string) =>
  html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
const textOf = (html: string) =>
  unescapeHtml(html.replaceAll(/<[^>]*>/g, " "))
    .replaceAll(/\s+/g, " ")
    .trim();

/** The section about the tried caller, as a person reads it. */
function readPage({ status, text: html }: { status: number; text: string }) {
  const section = /<section id="try"[\s\S]*?<\/section>/.exec(html)?.[0] ?? "";
  const steps = [...section.matchAll(/<li( class="problem")?>([\s\S]*?)<\/li>/g)].map(
    ([, isProblem, step = ""]) => `${isProblem ? "! " : ""}${textOf(step)}`,
  );
  return {
    status,
    section,
    outcome: textOf(/<h3 id="try-outcome">([\s\S]*?)<\/h3>/.exec(section)?.[1] ?? ""),
    steps,
    message: textOf(/<blockquote>([\s\S]*?)<\/blockquote>/.exec(section)?.[1] ?? ""),
    json: unescapeHtml(/<pre>([\s\S]*?)<\/pre>/.exec(section)?.[1] ?? "null"),
    errors: [...section.matchAll(/<p class="error" id="([^"]+)">([^<]*)</g)].map(([, id, error = ""]) => [
      id,
      textOf(error),
    ]),
  };
}

describe("a tried caller", () => {
  test("is explained from the caller to the number, each step with its rule", async () => {
    const { tryCaller, routeCall } = await signedIn();
    const { outcome, steps, message, json, section } = await tryCaller({ number: "(415) 555-0171" });
    expect(outcome).toBe("The call goes to Felix Dubinsky");
    expect(steps).toEqual([
      "Caller Jane Doe Only this contact has the caller's number. Rule: A whole number matches a whole number Open in Clio (opens in a new tab)",
      "Matter 00042-Doe: Doe v. Acme Open The caller has no other matter. Rule: Order of matters Open in Clio (opens in a new tab)",
      "Person Felix Dubinsky Responsible staff Their role on the matter comes first. Rule: Who takes the call",
      "Number (628) 555-0160 Upfirst dials the number in Felix Dubinsky's transfer rule. Make sure that it is the same.",
    ]);
    const answer = await routeCall({ caller_id: "(415) 555-0171" });
    expect(message).toBe(answer.message);
    expect(JSON.parse(json)).toEqual(answer);
    // The response is for those who look for it.
    expect(section).toMatch(/<details class="folded">\s*<summary>Full response<\/summary>/);
  });

  test.each<[name: string, fields: Record<string, string>, outcome: string, steps: RegExp[]]>([
    [
      "a caller with matters of different people",
      { number: cases.severalMatters.phone },
      "The receptionist asks which matter the call is about",
      [
        /^Caller Victor Lang/,
        /^! Matter 00056-Lang: Lang business sale Open Of the caller's open matters, it has the latest activity\. .* The caller's other matters have different people\. .*Different people/,
        /^Person Tomás Ortega/,
        /^Number \(628\) 555-0164/,
      ],
    ],
    [
      "a matter that the caller asks for",
      { number: cases.severalMatters.phone, matter: "lease renewal" },
      "The call goes to Felix Dubinsky",
      [/^Caller/, /^Matter 00055-Lang: .* It fits what the caller asked for\./, /^Person/, /^Number/],
    ],
    [
      "a matter that doesn't exist",
      { number: cases.janeDoe.phone, matter: "the <divorce>" },
      "The call goes to Felix Dubinsky",
      [
        /^Caller/,
        /“the <divorce>” matches none of the caller's matters, so it is ignored\./,
        /^Person/,
        /^Number/,
      ],
    ],
    [
      "a couple with one attorney",
      { number: cases.couple.phone },
      /^The call goes to/.source,
      [
        /^Caller One of 2 contacts Several contacts have the caller's number, and the same person takes the call for each/,
        /^Person/,
        /^Number/,
      ],
    ],
    [
      "two unrelated people in one household",
      { number: cases.household.phone },
      "The receptionist asks for the caller's name",
      [/^! Caller One of 2 contacts Several contacts have the caller's number, and no rule decides\./],
    ],
    [
      "the employee of a company",
      { number: cases.company.phone },
      "The call goes to Kwame Mensah",
      [
        /^Caller Northgate Bakery Supply Company Several contacts have the caller's number\. This one is a client\./,
        /^Matter/,
        /^Person/,
        /^Number/,
      ],
    ],
    [
      "a disabled user",
      { number: cases.disabledStaff.phone },
      /^The call goes to/.source,
      [
        /^Caller/,
        /^Matter/,
        /^Person .* No one in the roles that come before theirs can take the call\. .*Responsible staff: .*, who is disabled in Clio\./,
        /^Number/,
      ],
    ],
    [
      "a matter without responsible staff",
      { number: cases.attorneyOnly.phone },
      /^The call goes to/.source,
      [/^Caller/, /^Matter/, /^Person .* Responsible attorney .*Responsible staff: none\./, /^Number/],
    ],
    [
      "a matter without anyone",
      { number: cases.nobodyOnMatter.phone },
      "The receptionist takes a message",
      [/^Caller/, /^! Matter None No matter of the caller has anyone to take the call\./, /^! Person No one/],
    ],
    [
      "a person without a number",
      { number: cases.staffWithoutPhone.phone },
      "The call is for Bea Whitlock, who has no phone number in Clio",
      [
        /^Caller/,
        /^Matter/,
        /^Person/,
        /^! Number None in Clio Clio has no phone number for Bea Whitlock\. The call reaches Bea Whitlock only if their transfer rule in Upfirst has one\. Fix in Clio/,
      ],
    ],
    [
      "a person with an extension",
      { number: cases.staffWithExtension.phone },
      "The call goes to Samuel Adeyemi",
      [
        /^Caller/,
        /^Matter/,
        /^Person/,
        /^! Number \(628\) 555-0170 Extension 12 Upfirst dials the number without the extension/,
      ],
    ],
    [
      "a stranger",
      { number: cases.stranger.phone },
      "The receptionist takes a message",
      [/^! Caller Not identified No contact has this number\./],
    ],
    [
      "a withheld number",
      { number: "anonymous" },
      "The receptionist takes a message",
      [/^! Caller Not identified The number is withheld/],
    ],
    [
      "another name for four digits",
      { number: cases.janeDoe.lastFour, name: "Rosa Lang" },
      "The receptionist asks for the caller's name",
      [
        /^! Caller Not identified The digits that are known match a contact, but the name is clearly someone else's\./,
      ],
    ],
  ])("%s", async (_, fields, outcome, expected) => {
    const { tryCaller, routeCall } = await signedIn();
    const result = await tryCaller(fields);
    expect(result.status).toBe(200);
    expect(result.outcome).toMatch(new RegExp(`^${outcome.replace(/^\^/, "")}`));
    expect(result.steps.length, result.steps.join("\n")).toBe(expected.length);
    for (const [at, step] of expected.entries()) expect(result.steps[at]).toMatch(step);
    const { number = "", ...spoken } = fields;
    expect(JSON.parse(result.json)).toEqual(await routeCall({ caller_id: number, ...spoken }));
  });

  test("a number that can't be dialed", async () => {
    const { tryCaller, sandbox } = await signedIn();
    const felix = sandbox.firms[0]?.users.find(({ name }) => name === "Felix Dubinsky");
    if (felix) felix.phone_number = "ask reception";
    const { outcome, steps } = await tryCaller({ number: cases.janeDoe.phone });
    expect(outcome).toBe("The call is for Felix Dubinsky, whose phone number in Clio can't be dialed");
    expect(steps[3]).toMatch(/^! Number ask reception This can't be dialed\./);
  });

  test("asks an unknown caller for the name only with ROUTE_BY_NAME", async () => {
    const { tryCaller } = await signedIn({ ROUTE_BY_NAME: "true" });
    expect((await tryCaller({ number: "anonymous" })).outcome).toBe(
      "The receptionist asks for the caller's name",
    );
    const { steps } = await tryCaller({ number: "anonymous", name: cases.noNumber.name });
    expect(steps[0]).toMatch(/^Caller Walter Nash .* Only this contact has the full name\./);
  });
});

describe("what can't be looked up", () => {
  test.each<[fields: Record<string, string>, field: string, error: RegExp]>([
    [{ number: "x" }, "number", /last four digits/],
    [{ number: "12" }, "number", /last four digits/],
    [{ number: "415 555 0171 or 212 555 0110" }, "number", /one whole number/],
    [{ number: "  " }, "number", /Enter the caller's number\. .*anonymous/],
    [{ number: "4".repeat(201) }, "number", /at most 200 characters/],
    [{ number: "0171", name: "x".repeat(201) }, "name", /at most 200 characters/],
    [{ number: "0171", matter: "x".repeat(201) }, "matter", /at most 200 characters/],
  ])("is explained next to the field, which keeps what was typed: %j", async (fields, field, error) => {
    const { tryCaller, sandbox } = await signedIn();
    sandbox.counts.clear();
    const { status, section, errors, json } = await tryCaller({ ...fields, name: fields.name ?? `"><b>Jo` });
    expect(status).toBe(400);
    expect(errors).toEqual([[`try-${field}-error`, expect.stringMatching(error)]]);
    const input = new RegExp(`<input id="try-${field}"[^>]*>`).exec(section)?.[0] ?? "";
    expect(input).toContain('aria-invalid="true"');
    expect(input).toContain(`aria-describedby="try-${field}-error"`);
    expect(input).toContain(`value="${fields[field]}"`);
    if (field !== "name") expect(section).toContain(`value="&quot;&gt;&lt;b&gt;Jo"`);
    expect(json).toBe("null");
    expect(sandbox.counts.get("/api/v4/contacts")).toBeUndefined();
  });

  test("because Clio is down is said with what the receptionist is told", async () => {
    const { tryCaller, sandbox } = await signedIn();
    sandbox.fault({ path: "/api/v4/contacts", kind: "status", status: 500, times: FOREVER });
    const { status, outcome, message, json, section } = await tryCaller({ number: cases.janeDoe.phone });
    expect(status).toBe(200);
    expect(outcome).toBe("Couldn't get data from Clio");
    expect(message).toContain("Take a message.");
    expect(JSON.parse(json)).toMatchObject({ code: "clio_error", status: 502 });
    expect(section).toContain(`value="${cases.janeDoe.phone}"`);
  });
});

describe("GET /routing-rules", () => {
  test("has every rule that a decision refers to", async () => {
    const { browser } = await signedIn();
    const page = await browser.get("/routing-rules");
    expect(page.status).toBe(200);
    const reasons = [
      ...CALLER_RULES.map((code) => CALLER_REASONS[code]),
      ...MATTER_RULES.map((code) => MATTER_REASONS[code]),
      ...PERSON_RULES.map((code) => PERSON_REASONS[code]),
    ];
    const rules = ROUTING_RULE_GROUPS.flatMap((group) => group.rules);
    for (const { rule } of reasons) expect(rules).toContain(rule);
    for (const { id, heading, text } of rules) {
      const [, section = ""] = page.text.split(`<div id="${id}">`);
      expect(textOf(section.split("</div>")[0] ?? "")).toBe(`${heading} ${text}`);
    }
  });

  test("is for signed-in users", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    expect((await supertest(service.url).get("/routing-rules")).headers.location).toMatch(
      /^\/connect\?back=/,
    );
  });
});
