// The thread of `wal-checkpointer.ts`: makes a checkpoint at each message, and ends at `null`. In JavaScript, because with
// TypeScript, Node loads its compiler into the thread, which takes 12 MB.
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const database = new DatabaseSync(workerData);

parentPort?.on("message", (message) => {
  if (message === null) {
    database.close();
    parentPort?.close();
    return;
  }
  // Waits for no other connection, and makes none wait.
  database.exec("PRAGMA wal_checkpoint(PASSIVE)");
});
