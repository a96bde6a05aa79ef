import { Agent, request } from "node:http";

/** One answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Milliseconds from the request, a new connection where there is none, to the last byte. */
  readonly ms: number;
}

/** GETs of one server over connections that are kept alive, as the service's own to Clio are. */
export class KeepAlive implements Disposable {
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param bearer sent with every request
   * @param connections how many at most; a request beyond them waits for one
   */
  constructor(bearer: string, connections = Number.POSITIVE_INFINITY) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#headers = { Authorization: `Bearer ${bearer}`, Accept: "application/json" };
  }

  get(url: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const start = performance.now();
    request(url, { agent: this.#agent, headers: this.#headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body, ms: performance.now() - start }),
      );
    })
      .on("error", reject)
      .end();
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
