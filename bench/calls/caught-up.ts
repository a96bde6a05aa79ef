import { setTimeout as pause } from "node:timers/promises";
import { type FirmUser, matter, person } from "../../sandbox/firms/firm.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { KeepAlive } from "../keep-alive.ts";
import type { Target } from "./load.ts";

const CONTACT = 2_999_999_999;
const MATTER = 9_999_999;
const LONGEST = 60_000;

/**
 * Tells when a mirror has taken in every change so far, by nothing but its answers: a matter of a contact kept for this is
 * handed on, and handed on again once that is known. The service reads what waits in rounds; when the second one is
 * known, a whole round was begun after everything before it had been delivered.
 */
export class CaughtUp implements Disposable {
  readonly #sandbox: Sandbox;
  readonly #path = `/responsible-staff?clio_contact_id=${CONTACT}`;
  readonly #users: readonly FirmUser[];
  #turn = 0;

  /** @param users two at least, who go on being enabled */
  constructor(sandbox: Sandbox, users: readonly FirmUser[]) {
    this.#sandbox = sandbox;
    this.#users = users;
    const contact = person(CONTACT, "Kept Apart");
    sandbox.changes().addContact(contact);
    sandbox.changes().addMatter(matter(MATTER, 99_999, contact, "Kept apart"));
  }

  /** @param target the service; asked for again at each turn, because it may be started anew */
  async by(target: Target): Promise<void> {
    using client = new KeepAlive(target.key);
    for (let turn = 0; turn < 2; turn += 1) {
      await this.#sandbox.webhooks.idle();
      this.#turn += 1;
      const user = this.#users[this.#turn % this.#users.length];
      this.#sandbox.changes().matter(MATTER, { responsible_staff_id: user?.id ?? null });
      const start = performance.now();
      for (;;) {
        const { body } = await client.get(target.url + this.#path);
        if (JSON.parse(body).data?.responsible_staff?.id === user?.id) break;
        if (performance.now() - start > LONGEST) throw new Error(`a change is not known after ${LONGEST} ms`);
        await pause(10);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#sandbox.changes().removeMatter(MATTER);
    this.#sandbox.changes().removeContact(CONTACT);
  }
}
