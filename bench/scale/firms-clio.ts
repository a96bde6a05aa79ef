import { join } from "node:path";
import { Child } from "../child.ts";
import { CHECKOUT } from "../processes.ts";

/** A stand-in for Clio with many firms, as a process of its own. */
export class FirmsClio implements AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly #child: Child;

  private constructor(child: Child, url: string) {
    this.#child = child;
    this.url = url;
    this.pid = child.pid;
  }

  /** @param firms how many, each of so many contacts and matters (`firmOf`) */
  static async start(
    size: { firms: number; contacts: number; matters: number },
    more: Readonly<Record<string, string | number>> = {},
  ): Promise<FirmsClio> {
    const child = new Child(process.execPath, {
      args: [
        join(CHECKOUT, "bench/scale/firms-clio-main.ts"),
        ...Object.entries({ ...size, ...more }).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      cwd: CHECKOUT,
    });
    const [url] = await child.printed(/http:\/\/\S+/);
    return new FirmsClio(child, url);
  }

  /** Has webhooks delivered there. */
  async deliverTo(url: string): Promise<void> {
    const answer = await fetch(`${this.url}/sandbox/webhooks`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ deliverTo: url }),
    });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
