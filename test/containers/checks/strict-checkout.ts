import { check } from "../../../testkit/checks.mjs";
import { removeEverything } from "../support/images.ts";
import { untilReady, writeEnv } from "../support/service.ts";
import { APP, bash } from "../support/shell.ts";

const CHECKOUT = "/lab/strict-checkout";

/** A checkout that only its owner can read, as `umask 077` creates it. The owner isn't root. */
export async function strictCheckout(): Promise<void> {
  await bash(
    `rm -rf ${CHECKOUT}; cp -r ${APP} ${CHECKOUT}; chmod -R go= ${CHECKOUT}; chown -R 1234:1234 ${CHECKOUT}`,
  );
  writeEnv(CHECKOUT);
  await check("compose.yaml starts from a checkout that only its owner can read", async () => {
    await bash("docker compose up -d --build", CHECKOUT);
    await untilReady();
  });
  await removeEverything();
  await bash(`echo "POSTGRES_PASSWORD=$(openssl rand -hex 24)" >> .env`, CHECKOUT);
  await check("so does compose.scale.yaml", async () => {
    await bash("docker compose -f compose.scale.yaml up -d --build", CHECKOUT);
    await untilReady();
  });
}
