// Visitors of a site from inside the cluster: what they are told has gone through kube-proxy and the endpoints of the
// Service, as what an ingress forwards has.
import { Pod } from "../../../controller/engine/index.ts";
import type { TestCluster } from "../../support/cluster.ts";
import { IMAGE } from "./cluster.ts";
import type { Kubectl } from "./kubectl.ts";

/** Visitors at once. */
const VISITORS = 8;
/** Requests that show that they are at it. */
const AT_IT = 100;

/** What they have been told so far. */
export interface Told {
  readonly answered: number;
  readonly failures: readonly string[];
}

/** The program of the pod: asks again and again, on connections that stay open, and tells every half second. */
const program = (url: string): string => `
  const told = { answered: 0, failures: [] };
  const fail = (words) => told.failures.push(new Date().toISOString() + " " + words);
  const visit = async () => {
    for (;;) {
      try {
        const response = await fetch(${JSON.stringify(url)});
        await response.text();
        if (response.status === 200) told.answered++;
        else fail("HTTP " + response.status);
      } catch (error) {
        fail(String(error) + ": " + String(error.cause));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  for (let n = 0; n < ${VISITORS}; n++) void visit();
  setInterval(() => console.log(JSON.stringify(told)), 500);
`;

export class VisitorsInside {
  readonly #cluster: TestCluster;
  readonly #kubectl: Kubectl;
  readonly #key: { readonly namespace: string; readonly name: string };

  private constructor(
    cluster: TestCluster,
    kubectl: Kubectl,
    key: { readonly namespace: string; readonly name: string },
  ) {
    this.#cluster = cluster;
    this.#kubectl = kubectl;
    this.#key = key;
  }

  /** Sends them to a page; they are there when this returns. */
  static async to(
    url: string,
    { cluster, kubectl, namespace }: { cluster: TestCluster; kubectl: Kubectl; namespace: string },
  ): Promise<VisitorsInside> {
    const key = { namespace, name: "visitors" };
    await cluster.client.create(Pod, {
      metadata: key,
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "node",
            image: IMAGE,
            imagePullPolicy: "IfNotPresent",
            command: ["node", "-e", program(url)],
          },
        ],
      },
    });
    const visitors = new VisitorsInside(cluster, kubectl, key);
    await visitors.more();
    return visitors;
  }

  /** What they have been told, after yet some more visits. */
  async more(): Promise<Told> {
    const before = (await this.#told())?.answered ?? 0;
    return this.#cluster.until("visitors are answered", async () => {
      const told = await this.#told();
      return told !== undefined && told.answered > before + AT_IT ? told : undefined;
    });
  }

  async leave(): Promise<void> {
    await this.#cluster.client.delete(Pod, this.#key);
  }

  /** `undefined` as long as the pod has not said anything. */
  async #told(): Promise<Told | undefined> {
    const last = await this.#kubectl.run(["logs", this.#key.name, "--tail=1"]).catch(() => "");
    return last === "" ? undefined : (JSON.parse(last) as Told);
  }
}
