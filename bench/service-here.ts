import { join } from "node:path";
import { pino } from "pino";
import { readSettings } from "../src/config/settings.ts";
import { type Service, startService } from "../src/server.ts";
import type { ServicePlace } from "./service-place.ts";

/**
 * Starts the service of a place in this process, without its log.
 * @param now its clock, in epoch milliseconds
 */
export function startServiceHere({ folder, env }: ServicePlace, now = Date.now): Promise<Service> {
  const settings = readSettings({ env, envFile: join(folder, ".env") });
  return startService(settings, pino({ enabled: false }), { now });
}
