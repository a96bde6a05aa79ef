import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import supertest from "supertest";
import { expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService } from "../../../testkit/service.ts";

test("is valid OpenAPI 3.1 and describes every parameter to a voice agent", async () => {
  const { service } = await connectedService();
  const { body, status } = await supertest(service.url).get("/openapi.json");
  expect(status).toBe(200);
  expect(body.openapi).toMatch(/^3\.1/);
  const result = await new Validator().validate(structuredClone(body));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(Object.keys(body.paths)).toEqual([
    "/route-call",
    "/lookup-contact",
    "/responsible-staff",
    "/after-call",
  ]);
  const tags = body.tags.map(({ name, description }: { name: string; description: string }) => {
    expect(description).toBeTruthy();
    return name;
  });
  interface Operation {
    description: string;
    tags: string[];
    parameters?: { description?: string; in: string }[];
  }
  const operations = Object.values<Record<string, Operation>>(body.paths).flatMap((path) =>
    Object.values(path),
  );
  expect(operations).toHaveLength(4);
  for (const { description, tags: own, parameters = [] } of operations) {
    expect(tags).toEqual(expect.arrayContaining(own));
    expect(own).toHaveLength(1);
    expect(description).toContain("message");
    for (const parameter of parameters) {
      expect(parameter.in).toBe("query");
      expect(parameter.description).toBeTruthy();
    }
  }
  expect(body.servers).toEqual([{ url: service.settings.publicUrl }]);
  expect(body.info.contact.url).toBe(service.settings.publicUrl);
});

test("describes every response correctly", async () => {
  const { service, ask, key, sandbox } = await connectedService({ env: { ROUTE_BY_NAME: "true" } });
  const { body: description } = await supertest(service.url).get("/openapi.json");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "api", ...description });
  const valid = (path: string, status: number, type: string, method = "get") =>
    ajv.compile({
      $ref: `api#/paths/${path.replace("/", "~1")}/${method}/responses/${status}/content/${type.replace("/", "~1")}/schema`,
    });

  const requests: [string, Record<string, string>][] = [
    ...Object.values(cases).flatMap((one): [string, Record<string, string>][] => [
      ...("phone" in one
        ? ([
            ["/route-call", { caller_id: one.phone }],
            ["/lookup-contact", { phone: one.phone }],
          ] as [string, Record<string, string>][])
        : []),
      ...("contactId" in one
        ? ([["/responsible-staff", { clio_contact_id: String(one.contactId) }]] as [
            string,
            Record<string, string>,
          ][])
        : []),
    ]),
    ["/route-call", { caller_id: "anonymous", name: cases.noNumber.name }],
    ["/lookup-contact", { last_4: "0119" }],
  ];
  for (const [path, query] of requests) {
    const answer = await ask(path, query);
    const validate = valid(path, answer.status, answer.type);
    expect(validate(answer.body), `${path} ${JSON.stringify(validate.errors)}`).toBe(true);
  }
  sandbox.fault({ path: "/api/v4", kind: "status", status: 500, times: 3 });
  for (const [path, query] of [
    ["/route-call", { caller_id: "0171" }],
    ["/route-call", {}],
    ["/lookup-contact", {}],
  ] as [string, Record<string, string>][]) {
    const answer = await ask(path, query);
    const validate = valid(path, answer.status, "application/problem+json");
    expect(validate(answer.body), JSON.stringify(validate.errors)).toBe(true);
  }
  for (const report of [{ caller_id: "0171", duration: "3:12" }, {}]) {
    const answer = await supertest(service.url)
      .post("/after-call")
      .set("Authorization", `Bearer ${key}`)
      .send(report);
    const validate = valid("/after-call", answer.status, answer.type, "post");
    expect(validate(answer.body), JSON.stringify(validate.errors)).toBe(true);
  }
});
