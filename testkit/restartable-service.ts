import type { ServiceEnvironment } from "./service-environment.ts";
import { type ServiceProcess, startServiceIn } from "./service-process.ts";

/** A service process that can be stopped and started again in the same environment. */
export class RestartableService implements AsyncDisposable {
  /** Its name in the load balancer's configuration. */
  readonly name: string;
  readonly #environment: ServiceEnvironment;
  #service: ServiceProcess | null = null;

  constructor(name: string, environment: ServiceEnvironment) {
    this.name = name;
    this.#environment = environment;
  }

  /** Its own address, bypassing the load balancer. */
  get url(): string {
    return this.#environment.url;
  }

  /** The running process. Throws if it is stopped. */
  get service(): ServiceProcess {
    if (!this.#service) throw new Error(`${this.name} is not running`);
    return this.#service;
  }

  /** Resolves when the process is ready. */
  async start(): Promise<void> {
    this.#service = await startServiceIn(this.#environment);
  }

  /** Sends a signal, and resolves with the exit code once the process has exited; null if the signal ended it. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const { service } = this;
    service.signal(signal);
    const code = await service.waitForExit();
    this.#service = null;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    this.#environment[Symbol.dispose]();
  }
}
