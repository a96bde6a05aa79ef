import { bearerKeyTests } from "./battery/api-keys.ts";
import { connectionTests } from "./battery/connections.ts";
import { wrongGuessTests } from "./battery/failed-attempts.ts";
import { firmTests } from "./battery/firms.ts";
import { invitationTests } from "./battery/invitations.ts";
import { leaseTests } from "./battery/leases.ts";
import { turnTests } from "./battery/locks.ts";
import { mirrorRecordTests } from "./battery/mirror-records.ts";
import { mirrorTests } from "./battery/mirrors.ts";
import { notedChangeTests } from "./battery/pending-changes.ts";
import { clioWindowTests } from "./battery/rate-limit-windows.ts";
import { rotatedKeyTests } from "./battery/rotated-keys.ts";
import { engineUnderTest, type FreshDatabase } from "./battery/setup.ts";
import { storeTests } from "./battery/store-itself.ts";
import { usedStateTests } from "./battery/used-states.ts";
import { webhookTests } from "./battery/webhooks.ts";

export type { FreshDatabase };

/** What every engine under the store must do, subject by subject. */
export function batteryOfTests(name: string, freshDatabase: () => Promise<FreshDatabase>): void {
  const engine = engineUnderTest(name, freshDatabase);
  firmTests(engine);
  connectionTests(engine);
  rotatedKeyTests(engine);
  bearerKeyTests(engine);
  usedStateTests(engine);
  invitationTests(engine);
  mirrorTests(engine);
  mirrorRecordTests(engine);
  notedChangeTests(engine);
  leaseTests(engine);
  webhookTests(engine);
  turnTests(engine);
  clioWindowTests(engine);
  wrongGuessTests(engine);
  storeTests(engine);
}
