import { absenceTests } from "./battery/absences.ts";
import { addedRuleTests } from "./battery/added-rules.ts";
import { administratorTests } from "./battery/administrators.ts";
import { apiKeyTests } from "./battery/api-keys.ts";
import { attemptCountTests } from "./battery/attempt-counts.ts";
import { auditEventTests } from "./battery/audit-events.ts";
import { callListTests } from "./battery/call-list.ts";
import { callOutboxTests } from "./battery/call-outbox.ts";
import { callTests } from "./battery/calls.ts";
import { connectionTests } from "./battery/connections.ts";

import { firmTests } from "./battery/firms.ts";
import { invitationTests } from "./battery/invitations.ts";
import { keyRevealTests } from "./battery/key-reveals.ts";
import { leaseTests } from "./battery/leases.ts";
import { lockTests } from "./battery/locks.ts";
import { mirrorLookupTests } from "./battery/mirror-lookups.ts";
import { mirrorRecordTests } from "./battery/mirror-records.ts";
import { mirrorRelationshipTests } from "./battery/mirror-relationships.ts";
import { mirroredMatterTests } from "./battery/mirrored-matters.ts";
import { mirrorTests } from "./battery/mirrors.ts";
import { pendingChangeTests } from "./battery/pending-changes.ts";
import { rateLimitWindowTests } from "./battery/rate-limit-windows.ts";
import { revokedSessionTests } from "./battery/revoked-sessions.ts";
import { rotatedKeyTests } from "./battery/rotated-keys.ts";
import { engineUnderTest, type FreshDatabase } from "./battery/setup.ts";
import { storeTests } from "./battery/store-itself.ts";
import { usedStateTests } from "./battery/used-states.ts";
import { webhookTests } from "./battery/webhooks.ts";

export type { FreshDatabase };

/** The tests that the store must pass on every engine. */
export function batteryOfTests(name: string, freshDatabase: () => Promise<FreshDatabase>): void {
  const engine = engineUnderTest(name, freshDatabase);
  firmTests(engine);
  connectionTests(engine);
  administratorTests(engine);
  auditEventTests(engine);
  addedRuleTests(engine);
  absenceTests(engine);
  rotatedKeyTests(engine);
  apiKeyTests(engine);
  keyRevealTests(engine);
  usedStateTests(engine);
  revokedSessionTests(engine);
  invitationTests(engine);
  mirrorTests(engine);
  mirrorRecordTests(engine);
  mirrorRelationshipTests(engine);
  mirrorLookupTests(engine);
  mirroredMatterTests(engine);
  pendingChangeTests(engine);
  callTests(engine);
  callListTests(engine);
  callOutboxTests(engine);
  leaseTests(engine);
  webhookTests(engine);
  lockTests(engine);
  rateLimitWindowTests(engine);
  attemptCountTests(engine);
  storeTests(engine);
}
