import { equal } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { check } from "../../../testkit/checks.mjs";
import { underLoad } from "../support/load.ts";
import { startScaleWithFirm, untilAllUp } from "../support/scale.ts";
import { connect, expectAnswer, statusOf, untilReady } from "../support/service.ts";
import { bash } from "../support/shell.ts";

/** Longer than a pooled connection stays idle (10 s), and than HAProxy keeps an address by default (30 s). */
const OUTAGE_MS = 45_000;
/** Log more than the pipes to Docker hold. */
const MORE_REQUESTS_THAN_A_PIPE = 1_000;

/** Docker hangs: it reads no logs and resolves no names. */
export async function outages(): Promise<void> {
  await bash("docker compose up -d --build");
  await untilReady();
  let key = await connect("docker compose logs router");
  await check("while Docker hangs and reads no log, one process answers", () =>
    whileDockerHangs(async () => {
      for (let sent = 0; sent < MORE_REQUESTS_THAN_A_PIPE; sent += 1) equal(await statusOf("/nothing"), 404);
      await expectAnswer(key);
    }),
  );
  await bash("docker compose down --volumes");

  key = await startScaleWithFirm();
  await check("while Docker hangs and resolves no name, no call fails behind the balancer", () =>
    underLoad(key, () => whileDockerHangs(() => pause(OUTAGE_MS))),
  );
  await check("afterwards all processes are in use", async () => {
    await untilAllUp();
    await expectAnswer(key);
  });
}

async function whileDockerHangs(work: () => Promise<unknown>): Promise<void> {
  await bash("pkill -STOP -x dockerd");
  try {
    await work();
  } finally {
    await bash("pkill -CONT -x dockerd");
  }
}
