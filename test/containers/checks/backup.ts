import { equal } from "node:assert/strict";
import { check } from "../../../testkit/checks.mjs";
import { commandsOf } from "../support/guides.ts";
import { connect, expectAnswer, FIRM, untilReady } from "../support/service.ts";
import { bash, failing } from "../support/shell.ts";

const SECTION = "SQLite in Docker";
const BACK_UP = () => commandsOf("backup-and-upgrade", SECTION, "> backup.tar");
const RESTORE = () => commandsOf("backup-and-upgrade", SECTION, "< backup.tar");
const FIRMS = "docker compose exec -T router node src/commands/firms/main.ts";

/** The volume of compose.yaml, backed up and restored with the commands of docs/guides/backup-and-upgrade.md. */
export async function backup(): Promise<void> {
  await bash("docker compose up -d --build");
  await untilReady();
  let key = await connect("docker compose logs router");

  const restored = async () => {
    await bash(RESTORE());
    await untilReady();
    await bash(`${FIRMS} | grep ${FIRM}`);
    await expectAnswer(key);
  };
  await check("a backup is made, for its owner only", async () => {
    await bash(BACK_UP());
    await untilReady();
    equal(await bash("stat -c %a backup.tar"), "600");
  });
  await check("after it was removed, the firm is back with the backup, and its key works", async () => {
    await bash(`${FIRMS} remove ${FIRM} --yes`);
    await failing(`${FIRMS} | grep ${FIRM}`);
    await restored();
  });
  await check("a damaged backup leaves the database unchanged", async () => {
    await bash("mv backup.tar whole.tar; head -c 20000 whole.tar >backup.tar");
    await failing(RESTORE());
    await bash("docker compose start");
    await untilReady();
    await expectAnswer(key);
    await bash("mv whole.tar backup.tar");
  });
  await check("a backup after a crash has everything that was in the write-ahead log", async () => {
    await bash("docker compose down --volumes; docker compose up -d");
    await untilReady();
    key = await connect("docker compose logs router");
    await bash("docker compose kill");
    await bash(BACK_UP());
    await bash("tar -tf backup.tar | grep -x router.db-wal");
    await bash("docker compose down --volumes; docker compose up -d");
    await untilReady();
    await restored();
  });
  await bash("rm -f backup.tar");
}
