import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const LONGEST_IDLE = 4_000;
const LENGTH = /^content-length: *(\d+)/im;

/**
 * One connection that is kept alive, with one request on it at a time, sent as bytes made beforehand: a client of the
 * library's costs as much time as the server that is to be measured.
 */
export class RawConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #answered: ((answer: RawAnswer | null) => void) | null = null;
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
  static async to(url: string): Promise<RawConnection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RawConnection(socket, host);
  }

  /** The bytes of a GET of a path below the server's address. */
  requestOf(path: string, bearer: string): string {
    return `GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nAuthorization: Bearer ${bearer}\r\nAccept: application/json\r\n\r\n`;
  }

  /** @param answered told the answer; null when the connection is closed without one */
  send(request: string, answered: (answer: RawAnswer | null) => void): void {
    this.#answered = answered;
    if (this.#socket.destroyed) this.#done(null);
    else this.#socket.write(request, "latin1");
  }

  /** Whether a request may go out on it: the server, which closes what is idle for 5 seconds, may be about to. */
  get isGood(): boolean {
    return !this.#socket.destroyed && performance.now() - this.#usedAt < LONGEST_IDLE;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    // A server takes leave of a connection that nothing ever came on with a 408.
    if (!this.#answered) {
      this.#socket.destroy();
      return;
    }
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString("latin1", 0, headEnd);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
    const bodyStart = headEnd + HEAD_END.length;
    const end = bodyStart + Number(length);
    if (this.#received.length < end) return;
    const body = this.#received.toString("utf8", bodyStart, end);
    this.#received = Buffer.alloc(0);
    this.#done({ status: Number(head.slice(9, 12)), body });
  }

  #done(answer: RawAnswer | null): void {
    this.#usedAt = performance.now();
    const answered = this.#answered;
    this.#answered = null;
    answered?.(answer);
  }
}
