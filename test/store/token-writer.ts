/**
 * The process that `durability.test.ts` kills. Saves one token after another, and prints the number of each once the store
 * has acknowledged it.
 *
 *     node token-writer.ts PATH SECRET_KEY FIRST_NUMBER
 */
import { writeSync } from "node:fs";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { token, user } from "./fixtures.ts";

const [path = "", secretKey = "", first = ""] = process.argv.slice(2);
const store = await openStore({ kind: "sqlite", path }, createSealer([Buffer.from(secretKey, "hex")]));

await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: true });
const { generation } = await store.connections.save({ ...user("us-1", 350), token: token(first) });
writeSync(1, `${first}\n`);

for (let number = Number(first) + 1; ; number++) {
  await store.connections.saveToken("us-1", 350, token(String(number)), generation);
  // Synchronously, because a kill would lose what is in Node's buffer.
  writeSync(1, `${number}\n`);
}
