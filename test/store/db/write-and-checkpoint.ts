/** `node write-and-checkpoint.ts FILE`: writes 8 MB into an SQLite file, and ends once they were copied out of its WAL. */
import { statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import { pino } from "pino";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";
import { WalCheckpointer } from "../../../src/store/db/sqlite/wal-checkpointer.ts";

const [, , path = ""] = process.argv;
const BYTES = 8 * 2 ** 20;

const db = openSqlite(path);
await sql`create table texts as select randomblob(${BYTES}) as text`.execute(db);
const checkpointer = new WalCheckpointer({ path, log: pino() });
checkpointer.start();
while (statSync(path).size < BYTES) await pause(10);
await checkpointer.close();
await db.destroy();
