// The environment and command line of a container, as Kubernetes composes them, plus what has to be resolved here
// because local processes have no mount namespace and no cluster DNS. Pure: what exists is asked through `Lookups`.
import type { ConfigMap, Container, KeySelector, Pod, Secret } from "../workloads/objects.ts";
import type { ImageDefinition } from "./images.ts";
import type { MountMap } from "./mounts.ts";
import { rewriteMounts } from "./mounts.ts";

export interface Lookups {
  secret(name: string): Secret | undefined;
  configMap(name: string): ConfigMap | undefined;
  /** The address for `<service>.<namespace>.svc` or, with `pod`, for one pod of it; undefined when there is none. */
  address(namespace: string, service: string, pod: string | undefined): string | undefined;
}

/** Something a container needs is missing: it waits with this message and is tried again when things change. */
export class ConfigError extends Error {}

const missing = (what: string): never => {
  throw new ConfigError(what);
};

/** `$(NAME)` replaced by what is known, `$$(NAME)` left as `$(NAME)`, unknown names left alone. */
export const expand = (text: string, known: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\(([\w.-]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (known[name] ?? whole),
  );

const decoded = (data: string): string => Buffer.from(data, "base64").toString("utf8");

function fromKey(
  kind: "secret" | "configmap",
  selector: KeySelector,
  namespace: string,
  data: Record<string, string> | undefined,
): string | undefined {
  const { name = "", key, optional = false } = selector;
  if (data === undefined) return optional ? undefined : missing(`${kind} "${name}" not found`);
  const value = data[key];
  if (value !== undefined) return kind === "secret" ? decoded(value) : value;
  const where = kind === "secret" ? "Secret" : "ConfigMap";
  return optional ? undefined : missing(`couldn't find key ${key} in ${where} ${namespace}/${name}`);
}

/** A field of the pod by the downward API's path. */
export function podField(pod: Pod, path: string, podIP: string, hostIP: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) {
    const map = keyed[1] === "labels" ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[keyed[2] ?? ""] ?? "";
  }
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.podIP": podIP,
    "status.podIPs": podIP,
    "status.hostIP": hostIP,
    "status.hostIPs": hostIP,
  };
  if (!(path in fields))
    throw new ConfigError(
      `fieldRef "${path}" is not supported; use one of ${Object.keys(fields).join(", ")}`,
    );
  return fields[path] ?? "";
}

/** Kubernetes' cpu and memory quantities as plain numbers. */
export function quantity(text: string): number {
  const [, number = "0", unit = ""] = /^([\d.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  const powers: Record<string, number> = {
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
  };
  return Number(number) * (powers[unit] ?? 1);
}

function resourceField(
  pod: Pod,
  container: Container,
  ref: { resource: string; containerName?: string; divisor?: string },
): string {
  const of =
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(
      (each) => each.name === ref.containerName,
    ) ?? container;
  const [kind = "", name = ""] = ref.resource.split(".");
  const amount = kind === "limits" ? of.resources?.limits?.[name] : of.resources?.requests?.[name];
  const divisor = ref.divisor === undefined || ref.divisor === "0" ? "1" : ref.divisor;
  return String(Math.ceil(quantity(amount ?? "0") / quantity(divisor)));
}

/** Names ending in `.svc` (and `.svc.cluster.local`), with an optional pod name in front. */
const serviceName =
  /(?<![\w.-])(?:([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.svc(?:\.cluster\.local)?\.?(?![\w.-])/g;

/** `text` with each cluster-internal name replaced by its address. */
export function resolveNames(text: string, address: Lookups["address"]): string {
  return text.replace(serviceName, (name, pod: string | undefined, service: string, namespace: string) => {
    const ip = address(namespace, service, pod);
    return (
      ip ??
      missing(
        `no Service answers to "${name}": the sandbox resolves names when a container starts, and waits until "${service}" exists in namespace "${namespace}"`,
      )
    );
  });
}

export interface ContainerCommand {
  env: Record<string, string>;
  /** The container's `command`, when it replaces the image's. */
  command?: string[];
  args: string[];
}

/** Everything a container's process is started with; throws `ConfigError` when something it needs is missing. */
export function containerCommand(
  pod: Pod,
  container: Container,
  image: ImageDefinition,
  context: { podIP: string; hostIP: string; mounts: MountMap; base: Record<string, string> },
  lookups: Lookups,
): ContainerCommand {
  const namespace = pod.metadata.namespace ?? "";
  const declared: Record<string, string> = {};
  for (const { prefix = "", secretRef, configMapRef } of container.envFrom ?? []) {
    const ref = secretRef ?? configMapRef;
    const object = secretRef
      ? lookups.secret(secretRef.name ?? "")
      : lookups.configMap(configMapRef?.name ?? "");
    if (object === undefined && ref?.optional !== true) {
      missing(`${secretRef ? "secret" : "configmap"} "${ref?.name ?? ""}" not found`);
    }
    for (const [key, value] of Object.entries((object?.data ?? {}) as Record<string, string>)) {
      declared[prefix + key] = secretRef ? decoded(value) : value;
    }
  }
  const known = (): Record<string, string> => ({ ...context.base, POD_IP: context.podIP, ...declared });
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found = valueFrom === undefined ? expand(value ?? "", known()) : fromSource(valueFrom);
    if (found !== undefined) declared[name] = found;
  }

  // An image may have defaults for what the container leaves out, and addresses that only this machine knows.
  const imposed = Object.fromEntries(
    Object.entries(image.env ?? {}).map(([name, value]) => [name, expand(value, known())]),
  );
  const local = (text: string): string => resolveNames(rewriteMounts(text, context.mounts), lookups.address);
  const env = Object.fromEntries(
    Object.entries({ ...declared, ...imposed }).map(([name, value]) => [name, local(value)]),
  );
  const words = (list: readonly string[] | undefined): string[] =>
    (list ?? []).map((word) => local(expand(word, { ...known(), ...imposed })));
  const mountsForPrograms = JSON.stringify(Object.fromEntries(context.mounts));
  return {
    env: {
      ...context.base,
      POD_IP: context.podIP,
      ...(context.mounts.size > 0 && { SANDBOX_MOUNTS: mountsForPrograms }),
      ...env,
    },
    ...(container.command !== undefined &&
      container.command.length > 0 && { command: words(container.command) }),
    args: words(container.args),
  };

  function fromSource(
    source: NonNullable<NonNullable<Container["env"]>[number]["valueFrom"]>,
  ): string | undefined {
    const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = source;
    if (secretKeyRef)
      return fromKey("secret", secretKeyRef, namespace, lookups.secret(secretKeyRef.name ?? "")?.data);
    if (configMapKeyRef) {
      return fromKey(
        "configmap",
        configMapKeyRef,
        namespace,
        lookups.configMap(configMapKeyRef.name ?? "")?.data,
      );
    }
    if (fieldRef) return podField(pod, fieldRef.fieldPath, context.podIP, context.hostIP);
    return resourceFieldRef && resourceField(pod, container, resourceFieldRef);
  }
}
