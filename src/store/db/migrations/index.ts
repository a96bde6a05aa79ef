import type { Migration } from "kysely/migration";
import * as firmsConnectionsKeysStates from "./0001-firms-connections-keys-states.ts";
import * as preferredConnection from "./0002-preferred-connection.ts";
import * as mirror from "./0003-mirror.ts";
import * as invitations from "./0004-invitations.ts";
import * as betweenProcesses from "./0005-between-processes.ts";
import * as termsByContact from "./0006-terms-by-contact.ts";
import * as firstAdmission from "./0007-first-admission.ts";
import * as sessions from "./0008-sessions.ts";
import * as administratorsAndHistory from "./0009-administrators-and-history.ts";
import * as dataKeys from "./0010-data-keys.ts";
import * as addedRules from "./0011-added-rules.ts";
import * as setup from "./0012-setup.ts";
import * as calls from "./0014-calls.ts";
import * as relationships from "./0015-relationships.ts";
import * as absences from "./0016-absences.ts";
import * as cheaperCalls from "./0018-cheaper-calls.ts";
import * as lookupAccountIndex from "./0019-lookup-account-index.ts";

/**
 * All migrations by name, oldest first. There is no way back: never change, rename or remove one that was released.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-firms-connections-keys-states": firmsConnectionsKeysStates,
  "0002-preferred-connection": preferredConnection,
  "0003-mirror": mirror,
  "0004-invitations": invitations,
  "0005-between-processes": betweenProcesses,
  "0006-terms-by-contact": termsByContact,
  "0007-first-admission": firstAdmission,
  "0008-sessions": sessions,
  "0009-administrators-and-history": administratorsAndHistory,
  "0010-data-keys": dataKeys,
  "0011-added-rules": addedRules,
  "0012-setup": setup,
  "0014-calls": calls,
  "0015-relationships": relationships,
  "0016-absences": absences,
  "0018-cheaper-calls": cheaperCalls,
  "0019-lookup-account-index": lookupAccountIndex,
};
