import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawResponse {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const MAX_IDLE_MS = 4_000;
const CONTENT_LENGTH = /^content-length: *(\d+)/im;

/**
 * A keep-alive connection with one request at a time, written as raw bytes: Node's own HTTP client takes as much CPU time
 * as the server that is measured.
 */
export class RawConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #onResponse: ((response: RawResponse | null) => void) | null = null;
  #received: Buffer = Buffer.alloc(0);
  #usedAt = performance.now();

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", () => {});
    socket.on("close", () => this.#done(null));
  }

  /** Connects to the server at an `http://` URL. */
  static async connect(url: string): Promise<RawConnection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RawConnection(socket, host);
  }

  /** The bytes of a GET request. */
  buildRequest(path: string, bearer: string): string {
    return `GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nAuthorization: Bearer ${bearer}\r\nAccept: application/json\r\n\r\n`;
  }

  /** The bytes of a POST request. @param body ASCII only, because requests are sent as Latin-1 */
  buildPost(path: string, headers: Readonly<Record<string, string>>, body: string): string {
    const lines = Object.entries({ Host: this.#host, ...headers, "Content-Length": String(body.length) });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return `POST ${path} HTTP/1.1\r\n${head}\r\n${body}`;
  }

  /** @param onResponse called with null when the connection closes without a response */
  send(request: string, onResponse: (response: RawResponse | null) => void): void {
    this.#onResponse = onResponse;
    if (this.#socket.destroyed) this.#done(null);
    else this.#socket.write(request, "latin1");
  }

  /** False when the connection is closed, or soon may be: the server closes connections that are idle for 5 seconds. */
  get isUsable(): boolean {
    return !this.#socket.destroyed && performance.now() - this.#usedAt < MAX_IDLE_MS;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    // A server closes a connection on which no request ever arrived with a 408.
    if (!this.#onResponse) {
      this.#socket.destroy();
      return;
    }
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString("latin1", 0, headEnd);
    const length = CONTENT_LENGTH.exec(head)?.[1];
    if (length === undefined) throw new Error(`a response without Content-Length:\n${head}`);
    const bodyStart = headEnd + HEAD_END.length;
    const end = bodyStart + Number(length);
    if (this.#received.length < end) return;
    const body = this.#received.toString("utf8", bodyStart, end);
    this.#received = Buffer.alloc(0);
    this.#done({ status: Number(head.slice(9, 12)), body });
  }

  #done(response: RawResponse | null): void {
    this.#usedAt = performance.now();
    const onResponse = this.#onResponse;
    this.#onResponse = null;
    onResponse?.(response);
  }
}
