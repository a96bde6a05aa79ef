import { join } from "node:path";
import { pino } from "pino";
import { readSettings } from "../../src/config/settings.ts";
import { type Service, startService } from "../../src/server.ts";
import type { ServiceEnvironment } from "../../testkit/service-environment.ts";

/**
 * Starts the service in this process, without logging.
 * @param now the service's clock, in epoch milliseconds
 */
export function startInProcessService({ folder, env }: ServiceEnvironment, now = Date.now): Promise<Service> {
  const settings = readSettings({ env, envFile: join(folder, ".env") });
  return startService(settings, pino({ enabled: false }), { now });
}
