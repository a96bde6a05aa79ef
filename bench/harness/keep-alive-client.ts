import { Agent, request } from "node:http";

/** A response, read to its end. */
export interface TimedHttpResponse {
  readonly status: number;
  readonly body: string;
  /** Milliseconds from the request to the last byte, including a new connection if there was none. */
  readonly ms: number;
}

/** Sends GET requests over keep-alive connections, as the service itself does to Clio. */
export class KeepAliveClient implements Disposable {
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param bearer sent with every request
   * @param connections the maximum; further requests wait for a free one
   */
  constructor(bearer: string, connections = Number.POSITIVE_INFINITY) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#headers = { Authorization: `Bearer ${bearer}`, Accept: "application/json" };
  }

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<TimedHttpResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<TimedHttpResponse>();
    const start = performance.now();
    const sent = request(
      url,
      { agent: this.#agent, headers: { ...this.#headers, ...headers } },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          body += text;
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body, ms: performance.now() - start }),
        );
      },
    );
    sent.on("error", (error) => {
      // The server may close an idle connection just as it is used again.
      if (sent.reusedSocket && "code" in error && error.code === "ECONNRESET")
        this.get(url, headers).then(resolve, reject);
      else reject(error);
    });
    sent.end();
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
