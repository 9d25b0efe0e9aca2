// A site with learners at work, and releases to update it to, each a build of its own.
import { expect } from "vitest";
import type { LmsTenantSpecInput } from "../../api/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import packageJson from "../../package.json" with { type: "json" };
import { type Crowd, crowdOf } from "../scenario/crowd.ts";
import { aBinding, aCatalog, aCourse, aTenant } from "../scenario/school.ts";
import type { Visitor } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "./empty-sandbox.ts";
import { type Build, buildRuntime, type RuntimeBuild } from "./runtime-build.ts";

/** What this checkout is. */
export const CURRENT = packageJson.version;
/** Requests that show that learners are at work. */
const AT_WORK = 100;
const UPDATED_WITHIN_MS = 300_000;

const repository = (version: string): string => `builds/v${version.replaceAll(".", "-")}`;

/** The health gate of a test: what a busy machine does to response times is no fault of the release. */
export const aGate = (soakMinutes: number) => ({ soakMinutes, maxSlowdown: 100 });

export class UpdateStage {
  readonly sandbox: EmptySandbox;
  readonly #builds: readonly RuntimeBuild[];
  readonly #learners: readonly string[];
  #visitors: Visitor[] = [];
  #crowd: Crowd | undefined;

  private constructor(sandbox: EmptySandbox, builds: readonly RuntimeBuild[], learners: readonly string[]) {
    this.sandbox = sandbox;
    this.#builds = builds;
    this.#learners = learners;
  }

  /** A site on this checkout, and as many learners signed in. */
  static async start(
    releases: readonly Build[],
    learners: number,
    { args = [], ...spec }: Partial<LmsTenantSpecInput> & { readonly args?: readonly string[] } = {},
  ): Promise<UpdateStage> {
    const builds = releases.map((release) => ({ release, build: buildRuntime(release) }));
    const sandbox = await emptySandbox([
      ...args,
      ...builds.flatMap(({ release, build }) => [
        "--image",
        `${repository(release.version)}=${build.folder}`,
      ]),
    ]);
    const names = Array.from({ length: learners }, (_, index) => `learner-${index}`);
    const stage = new UpdateStage(
      sandbox,
      builds.map(({ build }) => build),
      names,
    );
    const { cluster } = sandbox;
    await cluster.apply(
      aCatalog([
        { version: CURRENT, image: `provost/provost:${CURRENT}` },
        ...releases.map(({ version }) => ({ version, image: `${repository(version)}:${version}` })),
      ]),
      stage.site(CURRENT, spec),
      aCourse("basics", "hill"),
      aBinding("learn", "hill", { role: "learner", users: names, course: "basics" }),
    );
    await cluster.condition("RoleBinding", "learn", "Ready");
    await cluster.condition("LmsTenant", "hill", "Ready");
    stage.#visitors = await Promise.all(names.map((name) => sandbox.signIn("hill", name)));
    return stage;
  }

  /** The manifest of the site. */
  site(version: string, spec: Partial<LmsTenantSpecInput> = {}) {
    return aTenant("hill", {
      backup: { destination: { volume: { size: "1Gi" } } },
      version,
      update: { gate: aGate(0) },
      users: [
        { name: "root", email: "root@example.org", displayName: "Rosa Root" },
        ...this.#learners.map((name) => ({ name, email: `${name}@example.org`, displayName: name })),
      ],
      ...spec,
    });
  }

  async status() {
    const key = { namespace: "default", name: "hill" };
    return (await this.sandbox.cluster.client.get(LmsTenant, key)).status ?? {};
  }

  /** Applies a version while learners are at work, and waits for the end of the update. They go on until afterwards. */
  async updatedTo(version: string, spec?: Partial<LmsTenantSpecInput>) {
    return this.duringWork(async (crowd) => {
      const update = await this.nextUpdate(() => this.sandbox.cluster.apply(this.site(version, spec)));
      await this.#more(crowd);
      return {
        update,
        failures: crowd.failures,
        steps: (update.steps ?? []).map(({ name }) => name).join(" "),
      };
    });
  }

  /** Does something while learners are at work. */
  async duringWork<T>(what: (crowd: Crowd) => Promise<T>): Promise<T> {
    const crowd = (this.#crowd = crowdOf(this.#visitors));
    try {
      await this.#more(crowd);
      return await what(crowd);
    } finally {
      await crowd.leave();
    }
  }

  async #more(crowd: Crowd): Promise<void> {
    const than = crowd.answered() + AT_WORK;
    await this.sandbox.cluster.until("learners are at work", async () =>
      crowd.answered() > than ? true : undefined,
    );
  }

  /** Asks for an update, and waits until it has ended. */
  async nextUpdate(ask: () => Promise<unknown>) {
    const before = (await this.status()).update?.id;
    await ask();
    let last: unknown;
    return this.sandbox.cluster.until(
      "the update ends",
      async () => {
        const { update } = await this.status();
        last = update;
        return update !== undefined && update.id !== before && update.result !== undefined
          ? update
          : undefined;
      },
      () => JSON.stringify(last),
      UPDATED_WITHIN_MS,
    );
  }

  /** A restore has signed everybody out. */
  async signInAgain(): Promise<void> {
    for (const [index, visitor] of this.#visitors.entries()) {
      const name = this.#learners[index] ?? "";
      await visitor.signIn(name, await this.sandbox.cluster.password("hill", name));
    }
  }

  /** Every attempt that a learner was told is handed in is there; with `until` those of before, and how many came later. */
  async nothingIsLost(until?: Date): Promise<number> {
    const accepted = [...(this.#crowd?.accepted ?? [])];
    const meant = accepted.filter(([, { at }]) => until === undefined || at < until);
    expect(meant.length).toBeGreaterThan(10);
    const lost: string[] = [];
    for (const [path, { visitor }] of meant) {
      const page = await visitor.get(path);
      if (page.status !== 200 || page.path !== path)
        lost.push(`${path}: HTTP ${page.status} at ${page.path}`);
    }
    expect(lost).toEqual([]);
    return accepted.length - meant.length;
  }

  async stop(): Promise<void> {
    await this.#crowd?.leave();
    await Promise.all(this.#visitors.map((visitor) => visitor.close()));
    await this.sandbox.stop();
    for (const build of this.#builds) build.remove();
  }
}
