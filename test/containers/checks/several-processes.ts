import { deepEqual, equal, match } from "node:assert/strict";
import { check } from "../../../testkit/checks.mjs";
import { crash, expectHardened, inspect, publishedPorts } from "../support/containers.ts";
import { commandsOf } from "../support/guides.ts";
import { underLoad } from "../support/load.ts";
import { containerOf, ROUTERS, SCALE, startScale, untilAllUp } from "../support/scale.ts";
import {
  connect,
  expectAnswer,
  expectLimitPerCaller,
  FIRM,
  statusOf,
  until,
  untilReady,
} from "../support/service.ts";
import { bash, failing } from "../support/shell.ts";
import { expectQuietLog } from "./one-process.ts";

const CONTAINERS = [...ROUTERS, "balancer", "postgres"].map(containerOf);
const guide = (heading: string, mention?: string) => commandsOf("run-several-processes", heading, mention);

/** compose.scale.yaml from the move to PostgreSQL to its stop, with the commands of the guides. */
export async function severalProcesses(): Promise<void> {
  await bash("docker compose up -d --build");
  await untilReady();
  const key = await connect("docker compose logs router");

  // Three parallel builds of one tag used to fail sometimes.
  for (const attempt of ["first", "second", "third"])
    await check(`the guide's commands start everything from nothing (${attempt} time)`, async () => {
      await bash(
        `${SCALE} down --volumes 2>/dev/null || true; docker compose stop; docker builder prune --all --force; docker image rm --force clio-call-router; sed -i /^POSTGRES/d .env`,
      );
      await startScale();
    });
  await bash(`${SCALE} down --volumes; docker compose up -d`);
  await untilReady();

  await check("the guide's commands move the SQLite volume to PostgreSQL", async () => {
    const move = commandsOf("move-to-postgresql", "From Docker to several processes");
    await bash(move);
    await untilReady();
    await untilAllUp();
  });
  await check("a call is answered, with the key from before", () => expectAnswer(key));
  await check(
    "TRUST_PROXY: the limit on wrong keys counts each caller, behind the balancer too",
    expectLimitPerCaller,
  );
  await check("the balancer hides /metrics", async () => {
    equal(await statusOf("/metrics"), 404);
    equal(await statusOf("/Metrics"), 404);
  });
  for (const container of CONTAINERS)
    await check(`${container} is hardened`, () => expectHardened(container));
  await check("the balancer's port is published on loopback only, and no other port is", async () => {
    deepEqual(await publishedPorts(CONTAINERS), ["127.0.0.1:3000"]);
  });
  for (const service of ["router1", "balancer"])
    await check(`${service} logs at most 20 lines a minute without calls`, () =>
      expectQuietLog(containerOf(service)),
    );

  await check("rolling restart: no call fails", () =>
    underLoad(key, () => bash(guide("Restart or upgrade", "scale/rolling-restart.sh"))),
  );
  await check("a new version: no call fails", async () => {
    await bash("echo '// another version' >>src/main.ts");
    await underLoad(key, () => bash(guide("Restart or upgrade", "build router1")));
    const built = await bash("docker image inspect --format '{{.Id}}' clio-call-router");
    for (const router of ROUTERS) equal((await inspect(containerOf(router))).Image, built);
  });
  await check("a version that does not start: the restart stops there, and no call fails", async () => {
    await bash("cp .env before.env; sed -i 's/^PUBLIC_URL=.*/PUBLIC_URL=ftp:/' .env");
    await underLoad(key, () => failing("LONGEST_SECONDS=30 scale/rolling-restart.sh"));
    await bash("mv before.env .env; scale/rolling-restart.sh router1");
    await untilAllUp();
  });
  await check("a process crashes: no call fails", () =>
    underLoad(key, async () => {
      await crash(containerOf("router2"));
      await untilAllUp();
    }),
  );
  const reload = () => bash(guide("Restart or upgrade", "kill -s HUP balancer"));
  const logged = (text: string) =>
    until(`the balancer has logged ${text}`, async () =>
      (await bash(`${SCALE} logs balancer`)).includes(text),
    );
  await check("the balancer reads a changed file: no call fails", async () => {
    await bash(
      "sed -i 's/^frontend public$/&\\n    http-response set-header X-Changed yes/' scale/haproxy.cfg",
    );
    await underLoad(key, reload);
    const { headers } = await fetch("http://127.0.0.1:3000/healthz");
    equal(headers.get("x-changed"), "yes");
  });
  await check("a mistake in the balancer's file: the old one remains, and no call fails", async () => {
    await bash("cp scale/haproxy.cfg correct.cfg; echo nonsense >>scale/haproxy.cfg");
    await underLoad(key, async () => {
      await reload();
      await logged("unknown keyword 'nonsense'");
    });
    await bash("cp correct.cfg scale/haproxy.cfg; rm correct.cfg");
    await reload();
  });

  const backup = (mention: string) => bash(commandsOf("backup-and-upgrade", "PostgreSQL in Docker", mention));
  await check("a backup of PostgreSQL is made without a failed call, for its owner only", async () => {
    await underLoad(key, () => backup("> backup.dump"));
    equal(await bash("stat -c %a backup.dump"), "600");
  });
  await check("after it was removed, the firm is back with the backup, and its key works", async () => {
    const firms = `${SCALE} exec -T router1 node src/commands/firms/main.ts`;
    // The access that the backup holds would be of no use if it were ended in Clio.
    await bash(`${firms} remove ${FIRM} --yes --without-clio`);
    await backup("< backup.dump");
    await untilReady();
    match(await bash(firms), new RegExp(FIRM));
    await expectAnswer(key);
    await backup("dropdb");
    await bash("rm backup.dump");
  });
  await check("everything stops with exit code 0", async () => {
    await bash(`${SCALE} stop`);
    for (const container of CONTAINERS) equal((await inspect(container)).State.ExitCode, 0, container);
  });
}
