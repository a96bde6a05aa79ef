import { setTimeout as pause } from "node:timers/promises";
import { type FirmUser, matter, person } from "../../sandbox/firms/firm.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import type { Target } from "../harness/load/open-loop.ts";

const CONTACT = 2_999_999_999;
const MATTER = 9_999_999;
const TIMEOUT_MS = 60_000;

/**
 * Waits until a mirror has applied every change so far, judging by its answers alone: reassigns a matter that exists for
 * this purpose, and once more when the first reassignment is visible. The service reads pending changes in rounds. When the
 * second reassignment is visible, a whole round has started after all earlier changes were delivered.
 */
export class SyncBarrier implements Disposable {
  readonly #sandbox: Sandbox;
  readonly #path = `/responsible-staff?clio_contact_id=${CONTACT}`;
  readonly #users: readonly FirmUser[];
  #turn = 0;

  /** @param users at least two, who stay enabled */
  constructor(sandbox: Sandbox, users: readonly FirmUser[]) {
    this.#sandbox = sandbox;
    this.#users = users;
    const contact = person(CONTACT, "Barrier Contact");
    sandbox.changes().addContact(contact);
    sandbox.changes().addMatter(matter(MATTER, 99_999, contact, "Barrier"));
  }

  /** Resolves when the mirror of this service has applied all changes so far. */
  async wait(target: Target): Promise<void> {
    using client = new KeepAliveClient(target.key);
    for (let turn = 0; turn < 2; turn += 1) {
      await this.#sandbox.webhooks.idle();
      this.#turn += 1;
      const user = this.#users[this.#turn % this.#users.length];
      this.#sandbox.changes().matter(MATTER, { responsible_staff_id: user?.id ?? null });
      const start = performance.now();
      for (;;) {
        const { body } = await client.get(target.url + this.#path);
        if (JSON.parse(body).data?.responsible_staff?.id === user?.id) break;
        if (performance.now() - start > TIMEOUT_MS)
          throw new Error(`a change is not visible after ${TIMEOUT_MS} ms`);
        await pause(10);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#sandbox.changes().removeMatter(MATTER);
    this.#sandbox.changes().removeContact(CONTACT);
  }
}
