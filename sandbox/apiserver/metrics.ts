// The server's own metrics, under kube-apiserver's names.
import { Counter, Gauge, Registry } from "prom-client";

/** What a request was, as the metric tells it. */
export interface RequestLabels {
  /** GET, LIST, WATCH, POST, PUT, PATCH, APPLY, DELETE, DELETECOLLECTION. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

export class ServerMetrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: "apiserver_request_total",
    help: "Counter of API server requests broken out for each verb, group, version, resource and HTTP response code.",
    labelNames: ["verb", "group", "version", "resource", "subresource", "code"] as const,
    registers: [this.registry],
  });

  constructor(watches: () => number, objects: () => Iterable<readonly [string, number]>) {
    new Gauge({
      name: "apiserver_longrunning_requests",
      help: "Gauge of all active watches.",
      registers: [this.registry],
      collect() {
        this.set(watches());
      },
    });
    new Gauge({
      name: "apiserver_storage_objects",
      help: "Number of stored objects split by kind.",
      labelNames: ["resource"] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [resource, count] of objects()) this.set({ resource }, count);
      },
    });
  }

  answered(labels: RequestLabels, code: number): void {
    this.#requests.inc({ ...labels, code: String(code) });
  }
}
