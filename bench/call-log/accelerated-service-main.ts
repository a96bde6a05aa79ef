/**
 * The service, with an outbox for which a second is a minute: leases, timeouts and distances between tries are 60 times
 * shorter. Run as a process, to be killed.
 */
import { once } from "node:events";
import { OUTBOX_TIMINGS, type OutboxTimings } from "../../src/call-log/outbox-policy.ts";
import { readSettings } from "../../src/config/settings.ts";
import { createLog } from "../../src/runtime/log.ts";
import { startService } from "../../src/server.ts";
import { TIME_SCALE } from "./time-scale.ts";

const settings = readSettings();
const log = createLog(settings.logLevel);
const outboxTimings = Object.fromEntries(
  Object.entries(OUTBOX_TIMINGS).map(([name, milliseconds]) => [name, milliseconds / TIME_SCALE]),
) as unknown as OutboxTimings;
const service = await startService(settings, log, { outboxTimings });
await once(process, "SIGTERM");
await service.close();
log.flush();
