import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { user } from "../../sandbox/firms/firm.ts";
import { mirroredService } from "../../testkit/mirror.ts";
import { storeOfOtherProcess } from "../../testkit/other-process.ts";
import { connectedService, connectUser } from "../../testkit/service.ts";

export const cases = exampleCases;
export const FELIX = 350;
export const NOW = Date.parse("2026-05-31T15:00:00Z");

/** A service with the example firm and a user on none of its matters; Felix Dubinsky is signed in. */
export async function setUpAbsences(directory: "mirror" | "live") {
  const firm = exampleFirm();
  const newcomer = user(399, "Nora Newcomb", { phone_number: "(628) 555-0199" });
  firm.users.push(newcomer);
  const clock = { now: NOW };
  const sandboxOptions = { firms: [firm] };
  const running =
    directory === "mirror"
      ? await mirroredService({ sandbox: sandboxOptions, userId: FELIX })
      : await connectedService({ sandbox: sandboxOptions, userId: FELIX, now: () => clock.now });
  const { absences, firms } = await storeOfOtherProcess(running.service);
  const firmId = (await firms.list())[0]?.id ?? "";
  const { browser } = await connectUser(running.service, { userId: FELIX });
  const away = (changes = {}) =>
    absences.add(firmId, {
      userId: FELIX,
      from: NOW - 3_600_000,
      until: NOW + 3_600_000,
      standInId: newcomer.id,
      note: null,
      ...changes,
    });
  return { ...running, browser, absences, firmId, newcomer, away };
}
