// A namespace with an operator of its own, and the sites that are declared in it. The operator has the rights that deploy/
// grants and no others.
import { Namespace, PersistentVolumeClaim, Pod } from "../../../controller/engine/index.ts";
import { names } from "../../../controller/tenant/names.ts";
import { RUNTIME_UID } from "../../../controller/tenant/resources/security.ts";
import { Visitor } from "../../scenario/visitor.ts";
import type { TestCluster } from "../../support/cluster.ts";
import { type Found, freshNamespace, IMAGE } from "./cluster.ts";
import { installCrds } from "./crds.ts";
import { Kubectl } from "./kubectl.ts";
import { Operator } from "./operator.ts";
import { grant, type Granted, type Scope } from "./rights.ts";
import { POSTGRES_UID, volumeFor } from "./volumes.ts";

export class OperatedNamespace {
  readonly cluster: TestCluster;
  readonly namespace: string;
  readonly kubectl: Kubectl;
  readonly #scope: Scope;
  readonly #rights: Granted;
  readonly #refusals: string[] = [];
  readonly #cleanUps: (() => Promise<void>)[] = [];
  #operator: Operator | undefined;

  private constructor(found: Found, namespace: string, scope: Scope, rights: Granted) {
    this.cluster = found.cluster;
    this.namespace = namespace;
    this.kubectl = new Kubectl(found.kubeconfig, namespace);
    this.#scope = scope;
    this.#rights = rights;
  }

  /**
   * Installs the CRDs and starts an operator for a new namespace.
   * @param scope where it works; beyond the namespace nothing is declared either way
   */
  static async open(found: Found, purpose: string, scope: Scope): Promise<OperatedNamespace> {
    await installCrds(found.cluster);
    const namespace = await freshNamespace(found.cluster, purpose);
    const rights = await grant(found, namespace, scope);
    const opened = new OperatedNamespace(found, namespace, scope, rights);
    await opened.startOperator();
    return opened;
  }

  /** Signs in with the operator's rights. */
  get operatorKubeconfig(): string {
    return this.#rights.kubeconfig;
  }

  get operator(): Operator {
    if (!this.#operator) throw new Error("no operator runs");
    return this.#operator;
  }

  /** Starts the operator, by another kubeconfig if one is given. There is never more than one. */
  async startOperator(kubeconfig = this.operatorKubeconfig): Promise<Operator> {
    await this.#killOperator();
    this.#operator = await Operator.start(
      kubeconfig,
      this.#scope === "namespace" ? { namespace: this.namespace } : {},
    );
    return this.#operator;
  }

  /** What its operators were refused for lack of a right so far. */
  async refusals(): Promise<readonly string[]> {
    return [...this.#refusals, ...((await this.#operator?.refusals()) ?? [])];
  }

  async #killOperator(): Promise<void> {
    this.#refusals.push(...((await this.#operator?.refusals()) ?? []));
    await this.#operator?.kill();
    this.#operator = undefined;
  }

  /** Provides for the volume of a tenant's backups. */
  async makeRoomForBackupsOf(tenant: string): Promise<void> {
    const name = names(tenant).backupClaim;
    const claim = { namespace: this.namespace, name, size: "1Gi", uid: RUNTIME_UID };
    this.#cleanUps.push(await volumeFor(this.cluster, claim, IMAGE));
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

  /** Takes everything away. Throws when the operator lacked a right. */
  async close(): Promise<void> {
    await this.#killOperator();
    const { client } = this.cluster;
    const { namespace } = this;
    // Nobody is there any more to honour the finalizers.
    for (const kind of ["restores", "backups", "courses", "rolebindings", "lmstenants"])
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
    await this.#rights.remove();
    await client.delete(Namespace, { namespace: "", name: namespace });
    if (this.#refusals.length > 0)
      throw new Error(`the rights in deploy/ are not enough: ${this.#refusals.join("\n")}`);
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
