// A namespace with an operator of its own, and the sites that are declared in it.
import { Namespace, PersistentVolumeClaim, Pod } from "../../../controller/engine/index.ts";
import { names } from "../../../controller/tenant/names.ts";
import { Visitor } from "../../scenario/visitor.ts";
import type { TestCluster } from "../../support/cluster.ts";
import { type Found, freshNamespace, IMAGE } from "./cluster.ts";
import { installCrds } from "./crds.ts";
import { Kubectl } from "./kubectl.ts";
import { Operator } from "./operator.ts";
import { POSTGRES_UID, volumeFor } from "./volumes.ts";

export class OperatedNamespace {
  readonly cluster: TestCluster;
  readonly namespace: string;
  readonly kubectl: Kubectl;
  readonly #kubeconfig: string;
  readonly #cleanUps: (() => Promise<void>)[] = [];
  #operator: Operator | undefined;

  private constructor(cluster: TestCluster, kubeconfig: string, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.#kubeconfig = kubeconfig;
    this.kubectl = new Kubectl(kubeconfig, namespace);
  }

  /** Installs the CRDs and starts an operator for a new namespace. */
  static async open({ cluster, kubeconfig }: Found, purpose: string): Promise<OperatedNamespace> {
    await installCrds(cluster);
    const opened = new OperatedNamespace(cluster, kubeconfig, await freshNamespace(cluster, purpose));
    await opened.startOperator();
    return opened;
  }

  get operator(): Operator {
    if (!this.#operator) throw new Error("no operator runs");
    return this.#operator;
  }

  /** Starts the operator, by another kubeconfig if one is given. There is never more than one. */
  async startOperator(kubeconfig = this.#kubeconfig): Promise<Operator> {
    await this.#operator?.kill();
    this.#operator = await Operator.start(kubeconfig, this.namespace);
    return this.#operator;
  }

  /** Provides for the volumes of tenants that are going to be declared. */
  async makeRoomFor(...tenants: readonly string[]): Promise<void> {
    for (const tenant of tenants) {
      const claim = {
        namespace: this.namespace,
        name: names(tenant).databaseClaim,
        size: "10Gi",
        uid: POSTGRES_UID,
      };
      this.#cleanUps.push(await volumeFor(this.cluster, claim, IMAGE));
    }
  }

  /** A visitor of a site, through a forwarded port. */
  async visit(tenant: string): Promise<Visitor & AsyncDisposable> {
    const forwarded = await this.kubectl.forward(names(tenant).runtime, 80);
    const visitor = new Visitor(forwarded.url);
    return Object.assign(visitor, {
      async [Symbol.asyncDispose]() {
        await visitor.close();
        await forwarded.close();
      },
    });
  }

  /** A visitor who is signed in with the password the operator made. */
  async signIn(tenant: string, user: string): Promise<Visitor & AsyncDisposable> {
    const visitor = await this.visit(tenant);
    await visitor.signIn(user, await this.cluster.password(tenant, user, this.namespace));
    return visitor;
  }

  /** Takes everything away. */
  async close(): Promise<void> {
    await this.#operator?.kill();
    const { client } = this.cluster;
    const { namespace } = this;
    // Nobody is there any more to honour the finalizers.
    for (const kind of ["courses", "rolebindings", "lmstenants"])
      await this.kubectl
        .run(["delete", `${kind}.provost.dev`, "--all", "--wait=false"])
        .then(() => this.#dropFinalizers(`${kind}.provost.dev`));
    await this.kubectl.run(["delete", "statefulsets,deployments", "--all"]);
    await this.cluster.until("no pod runs", async () =>
      (await client.list(Pod, { namespace })).items.length === 0 ? true : undefined,
    );
    for (const claim of (await client.list(PersistentVolumeClaim, { namespace })).items)
      await client.delete(PersistentVolumeClaim, { namespace, name: claim.metadata.name });
    for (const cleanUp of this.#cleanUps) await cleanUp();
    await client.delete(Namespace, { namespace: "", name: namespace });
  }

  async #dropFinalizers(resource: string): Promise<void> {
    const left = await this.kubectl.run(["get", resource, "-o", "name"]);
    for (const name of left.split("\n").filter(Boolean))
      await this.kubectl
        .run(["patch", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}'])
        // Gone between the two commands.
        .catch(() => undefined);
  }
}
