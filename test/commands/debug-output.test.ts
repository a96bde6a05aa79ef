import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { envOf, startCommand } from "../../testkit/command.ts";
import { loggedText } from "../../testkit/logged-text.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";
import { connectedService, sandboxForTest } from "../../testkit/service.ts";
import { createServiceEnvironment } from "../../testkit/service-environment.ts";

const DEBUG = "*";

test("the service prints nothing of a library's debug output, which contains tokens and numbers", async () => {
  const sandbox = await sandboxForTest();
  const { env, url, connectFirm, ...environment } = await createServiceEnvironment(sandbox.url);
  onTestFinished(() => environment[Symbol.dispose]());
  const { output } = await startCommand(join(REPOSITORY_ROOT, "src/main.ts"), [], { ...env, DEBUG });
  await expect.poll(() => output.out + output.err).toContain('"msg":"ready"');
  const key = await connectFirm();
  sandbox.expireTokens();
  const answer = await fetch(`${url}/lookup-contact?last_4=0171`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  expect(answer.status).toBe(200);
  expect(output.err).toBe("");
  expect(loggedText(output.out)).not.toContain("0171");
});

test("a command prints nothing of it either", async () => {
  const { service, sandbox } = await connectedService();
  sandbox.expireTokens();
  const path = join(REPOSITORY_ROOT, "src/commands/sync/main.ts");
  const { output, ended } = await startCommand(path, [], { ...envOf(service), DEBUG });
  expect(await ended).toBe(0);
  expect(output.err).not.toMatch(/simple-oauth2|access_token|Bearer/);
});
