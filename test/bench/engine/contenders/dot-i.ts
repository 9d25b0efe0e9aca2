// @dot-i/k8s-operator: a subclass of its Operator that watches, and applies with the client it brings.
import { createRequire } from "node:module";
import path from "node:path";
import { entered, serveQuestions } from "../child.ts";
import { configMapOf, placeOf, WIDGETS, type WidgetLike } from "../place.ts";

interface Event {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: WidgetLike;
}

/** As much of its face as is used here; it is no dependency of the project. */
interface DotI {
  default: abstract new (logger: Record<"debug" | "info" | "warn" | "error", (message: string) => void>) => {
    readonly k8sApi: { patchNamespacedConfigMap(...args: unknown[]): Promise<unknown> };
    start(): Promise<void>;
    watchResource(
      group: string,
      version: string,
      plural: string,
      onEvent: (event: Event) => Promise<void>,
      namespace: string,
    ): Promise<void>;
  };
}

const { namespace, peers } = placeOf();
const { default: Operator } = createRequire(path.join(peers, "package.json"))("@dot-i/k8s-operator") as DotI;
const { group, version, plural } = WIDGETS;
const APPLY = { headers: { "content-type": "application/apply-patch+yaml" } };

class WidgetOperator extends Operator {
  protected async init(): Promise<void> {
    const onEvent = async ({ type, object }: Event): Promise<void> => {
      if (type === "DELETED") return;
      entered(object.spec.text);
      const { name } = object.metadata;
      const [none, force] = [undefined, true];
      await this.k8sApi
        .patchNamespacedConfigMap(
          name,
          namespace,
          configMapOf(object),
          none,
          none,
          "dot-i",
          none,
          force,
          APPLY,
        )
        .catch((error: unknown) => console.error(`error: ${String(error).slice(0, 200)}`));
    };
    await this.watchResource(group, version, plural, onEvent, namespace);
  }
}

const silent = (): void => undefined;
serveQuestions();
await new WidgetOperator({ debug: silent, info: silent, warn: silent, error: console.error }).start();
