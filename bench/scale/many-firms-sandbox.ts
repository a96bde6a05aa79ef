import { join } from "node:path";
import { ManagedProcess } from "../../testkit/managed-process.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";

/** The sandbox with many firms, as a separate process. */
export class ManyFirmsSandbox implements AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly #child: ManagedProcess;

  private constructor(child: ManagedProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.pid = child.pid;
  }

  /** @param size the number of firms, and of contacts and matters of each */
  static async start(
    size: { firms: number; contacts: number; matters: number },
    options: Readonly<Record<string, string | number>> = {},
  ): Promise<ManyFirmsSandbox> {
    const child = new ManagedProcess(process.execPath, {
      args: [
        join(REPOSITORY_ROOT, "bench/scale/many-firms-sandbox-main.ts"),
        ...Object.entries({ ...size, ...options }).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      cwd: REPOSITORY_ROOT,
    });
    const [url] = await child.waitForOutput(/http:\/\/\S+/);
    return new ManyFirmsSandbox(child, url);
  }

  /** Sets the address that webhooks are delivered to. */
  async deliverTo(url: string): Promise<void> {
    const response = await fetch(`${this.url}/sandbox/webhooks`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ deliverTo: url }),
    });
    if (!response.ok) throw new Error(`the sandbox responded with ${response.status}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
