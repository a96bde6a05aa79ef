import supertest from "supertest";
import { expect, test } from "vitest";
import { sandboxForTest, serviceForTest } from "../../testkit/service.ts";

const MAX_FAILED_ATTEMPTS = 30;

/** A service without a firm, and a function that sends it a wrong key with this `X-Forwarded-For`. */
async function serviceBehind(TRUST_PROXY: string) {
  const sandbox = await sandboxForTest();
  const service = await serviceForTest(sandbox.url, { env: { TRUST_PROXY } });
  return async (forwardedFor: string) => {
    const { status } = await supertest(service.url)
      .get("/lookup-contact?last_4=0171")
      .set("Authorization", "Bearer wrong")
      .set("X-Forwarded-For", forwardedFor);
    return status;
  };
}

test.each([
  // The caller claims an address, and the proxy appends the real one.
  { TRUST_PROXY: "loopback", forged: (i: number) => `198.51.100.${i}, 203.0.113.7` },
  { TRUST_PROXY: "1", forged: (i: number) => `198.51.100.${i}, 203.0.113.7` },
  { TRUST_PROXY: "loopback,10.0.0.0/8", forged: (i: number) => `198.51.100.${i}, 203.0.113.7, 10.0.0.9` },
  // The caller claims to be a trusted proxy itself.
  { TRUST_PROXY: "loopback", forged: (i: number) => `198.51.100.${i}, 127.0.0.1, 203.0.113.7` },
  // There is no trusted proxy.
  { TRUST_PROXY: "false", forged: (i: number) => `198.51.100.${i}` },
  { TRUST_PROXY: "10.0.0.0/8", forged: (i: number) => `198.51.100.${i}` },
])(
  "with TRUST_PROXY=$TRUST_PROXY, a forged address doesn't avoid the limit",
  async ({ TRUST_PROXY, forged }) => {
    const send = await serviceBehind(TRUST_PROXY);
    for (let i = 0; i < MAX_FAILED_ATTEMPTS; i += 1) expect(await send(forged(i))).toBe(401);
    expect(await send(forged(MAX_FAILED_ATTEMPTS))).toBe(429);
  },
);

test("with TRUST_PROXY=true, the first address is trusted, as the documentation warns", async () => {
  const send = await serviceBehind("true");
  for (let i = 0; i <= MAX_FAILED_ATTEMPTS; i += 1)
    expect(await send(`198.51.100.${i}, 203.0.113.7`)).toBe(401);
});

test("refuses an X-Forwarded-For above 2,048 characters before it is parsed, on every route", async () => {
  const sandbox = await sandboxForTest();
  const service = await serviceForTest(sandbox.url);
  const long = "127.0.0.1,".repeat(205);
  for (const path of ["/lookup-contact", "/connect", "/healthz", "/nothing"]) {
    const answer = await supertest(service.url).get(path).set("X-Forwarded-For", long);
    expect([path, answer.status, answer.body.code]).toEqual([path, 400, "invalid_request"]);
    expect(answer.body.detail).toContain("X-Forwarded-For");
  }
  const longest = "127.0.0.1,".repeat(204);
  expect((await supertest(service.url).get("/healthz").set("X-Forwarded-For", longest)).status).toBe(200);
});
