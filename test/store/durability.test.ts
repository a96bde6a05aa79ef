import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { token } from "./fixtures.ts";

/** The benchmark runs this with more: `KILLS=50 npx vitest run test/store/durability.test.ts`. */
const KILLS = Number(process.env.KILLS ?? 5);

const SECRET_KEY = randomBytes(32);
const WRITER = join(import.meta.dirname, "token-writer.ts");

/**
 * Has a process save tokens and kills it after some. Returns the number of the last token that the process reported as saved.
 */
async function lastAcknowledged(path: string, firstNumber: number, killAfter: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, path, SECRET_KEY.toString("hex"), String(firstNumber)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(writer, "close");
  let last = -1;
  let lines = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    lines++;
    if (lines === killAfter) writer.kill("SIGKILL");
  }
  const [, signal] = await closed;
  expect(signal).toBe("SIGKILL");
  return last;
}

it(`loses no acknowledged token in ${KILLS} kills`, { timeout: 30_000 + KILLS * 10_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "durability-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "router.db");

  let acknowledged = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const first = acknowledged + 1;
    const killAfter = randomInt(1, 200);
    acknowledged = await lastAcknowledged(path, first, killAfter);
    expect(acknowledged).toBeGreaterThanOrEqual(first + killAfter - 1);

    const store = await openStore({ kind: "sqlite", path }, createSealer([SECRET_KEY]));
    const connection = await store.connections.lookupAccount("us-1");
    await store.close();
    // One more token may have been saved that the process had no time to print.
    expect([token(String(acknowledged)), token(String(acknowledged + 1))]).toContainEqual(connection?.token);
  }
});
