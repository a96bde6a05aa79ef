import { deepEqual, equal, match, ok } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { check } from "../../../testkit/checks.mjs";
import { crash, expectHardened, inspect, publishedPorts } from "../support/containers.ts";
import { commandsOf } from "../support/guides.ts";
import { connect, expectAnswer, expectLimitPerCaller, FIRM, until, untilReady } from "../support/service.ts";
import { bash, failing } from "../support/shell.ts";

/** compose.yaml from the first start to `docker compose stop`, with the commands of docs/guides/run-in-docker.md. */
export async function oneProcess(): Promise<void> {
  const started = await check("the guide's commands start the service", async () => {
    await bash(commandsOf("run-in-docker", "Start the container"));
    await untilReady();
  });
  if (!started) return;
  const container = await bash("docker compose ps --quiet router");

  await check("the container is healthy within a minute", async () => {
    const deadline = Date.now() + 60_000;
    await until(
      "it is healthy",
      async () => (await inspect(container)).State.Health?.Status === "healthy" || Date.now() > deadline,
    );
    equal((await inspect(container)).State.Health?.Status, "healthy");
  });
  await check("its health check fails when nothing answers", async () => {
    const [, ...command] = (await inspect(container)).Config.Healthcheck?.Test ?? [];
    const quoted = command.map((part) => `'${part}'`).join(" ");
    await bash(`docker compose exec -T router ${quoted}`);
    await failing(`docker compose exec -T -e PORT=1 router ${quoted}`);
  });
  await check("the container is hardened", () => expectHardened(container));
  await check("the service is process 1, with neither npm nor a shell before it", async () => {
    const command = await bash("docker compose exec -T router cat /proc/1/cmdline | tr '\\0' ' '");
    equal(command, "node --max-semi-space-size=8 --no-parallel-scavenge src/main.ts");
  });
  await check("it can write to /data and /tmp only, and /data is its own", async () => {
    await failing("docker compose exec -T router sh -c 'touch /app/probe || touch /home/node/probe'");
    await bash("docker compose exec -T router sh -ec 'touch /tmp/probe /data/probe; rm /data/probe'");
    equal(await bash("docker compose exec -T router stat -c %a:%U /data"), "700:node");
  });
  await check("its port is published on loopback only", async () => {
    deepEqual(await publishedPorts([container]), ["127.0.0.1:3000"]);
  });

  let key = "";
  await check("a firm is connected by the link in the log, and a call is answered", async () => {
    key = await connect("docker compose logs router");
    await expectAnswer(key);
  });
  await check("TRUST_PROXY: the limit on wrong keys counts each caller", expectLimitPerCaller);
  await check("the guide's commands run in the container", async () => {
    const output = await bash(
      commandsOf("run-in-docker", "Run a command in the container").replaceAll(
        "exec router",
        "exec -T router",
      ),
    );
    match(output, new RegExp(FIRM));
    match(output, /\/connect\?setup=/);
  });
  await check("an idle service logs at most 20 lines a minute", () => expectQuietLog(container));
  await check("after a crash it is started again, and answers", async () => {
    const before = (await inspect(container)).State.Pid;
    await crash(container);
    await until(
      "there is another process",
      async () => ![0, before].includes((await inspect(container)).State.Pid),
    );
    await untilReady();
    await expectAnswer(key);
  });
  await check("docker compose stop ends it with exit code 0", async () => {
    await bash("docker compose stop");
    equal((await inspect(container)).State.ExitCode, 0);
  });
}

/** Throws if a container without requests logs more than 20 lines a minute. */
export async function expectQuietLog(container: string): Promise<void> {
  const count = async () => Number(await bash(`docker logs "${container}" 2>&1 | wc -l`));
  const before = await count();
  await pause(15_000);
  const lines = (await count()) - before;
  ok(lines <= 5, `${lines} lines in 15 s`);
}
