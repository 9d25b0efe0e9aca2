// The volumes of a pod as folders: made before its containers start, projections kept up to date afterwards.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import type {
  ConfigMap,
  Container,
  KeyToPath,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Volume,
} from "../workloads/objects.ts";
import { ConfigError } from "./environment.ts";
import { writeWhole } from "./files.ts";
import type { User } from "./reachable.ts";
import { folderFor } from "./reachable.ts";

export interface VolumeSources {
  secret(name: string): Secret | undefined;
  configMap(name: string): ConfigMap | undefined;
  claim(name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
}

interface ProjectedFile {
  content: Buffer;
  mode: number;
}

/** The names of Secrets and ConfigMaps that the pod reads, as `kind/name`. */
export function referencesOf(pod: Pod): Set<string> {
  const found = new Set<string>();
  const add = (kind: "secret" | "configmap", name: string | undefined): void => {
    if (name !== undefined) found.add(`${kind}/${name}`);
  };
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { valueFrom } of container.env ?? []) {
      add("secret", valueFrom?.secretKeyRef?.name);
      add("configmap", valueFrom?.configMapKeyRef?.name);
    }
    for (const source of container.envFrom ?? []) {
      add("secret", source.secretRef?.name);
      add("configmap", source.configMapRef?.name);
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    add("secret", volume.secret?.secretName);
    add("configmap", volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) {
      add("secret", source.secret?.name);
      add("configmap", source.configMap?.name);
    }
  }
  return found;
}

const contentOf = (object: Secret | ConfigMap, kind: "secret" | "configmap"): Map<string, Buffer> => {
  const binary = (kind === "secret" ? object.data : (object as ConfigMap).binaryData) ?? {};
  const text = kind === "secret" ? {} : (object.data ?? {});
  return new Map([
    ...Object.entries(text).map(([key, value]) => [key, Buffer.from(value, "utf8")] as const),
    ...Object.entries(binary).map(([key, value]) => [key, Buffer.from(value, "base64")] as const),
  ]);
};

function projectObject(
  kind: "secret" | "configmap",
  name: string,
  object: Secret | ConfigMap | undefined,
  choice: { items?: KeyToPath[]; optional?: boolean },
  defaultMode: number,
): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  if (object === undefined) {
    if (choice.optional === true) return files;
    throw new ConfigError(`${kind} "${name}" not found`);
  }
  const content = contentOf(object, kind);
  const items = choice.items ?? [...content.keys()].map((key): KeyToPath => ({ key, path: key }));
  for (const { key, path, mode } of items) {
    const bytes = content.get(key);
    if (bytes !== undefined) files.set(normalize(path), { content: bytes, mode: mode ?? defaultMode });
    else if (choice.optional !== true)
      throw new ConfigError(`references non-existent ${kind} key: ${key} of "${name}"`);
  }
  return files;
}

/** The files of a secret, configMap or projected volume; undefined for other volumes. */
export function projectedFiles(
  volume: Volume,
  sources: VolumeSources,
): Map<string, ProjectedFile> | undefined {
  const { secret, configMap, projected } = volume;
  if (secret) {
    const name = secret.secretName ?? "";
    return projectObject("secret", name, sources.secret(name), secret, secret.defaultMode ?? 0o644);
  }
  if (configMap) {
    const name = configMap.name ?? "";
    return projectObject(
      "configmap",
      name,
      sources.configMap(name),
      configMap,
      configMap.defaultMode ?? 0o644,
    );
  }
  if (!projected) return undefined;
  const files = new Map<string, ProjectedFile>();
  for (const source of projected.sources ?? []) {
    const mode = projected.defaultMode ?? 0o644;
    const parts = [
      source.secret &&
        projectObject(
          "secret",
          source.secret.name ?? "",
          sources.secret(source.secret.name ?? ""),
          source.secret,
          mode,
        ),
      source.configMap &&
        projectObject(
          "configmap",
          source.configMap.name ?? "",
          sources.configMap(source.configMap.name ?? ""),
          source.configMap,
          mode,
        ),
    ];
    for (const part of parts) for (const [path, file] of part ?? []) files.set(path, file);
  }
  return files;
}

/** Makes `folder` hold exactly these files; a file whose content is the same is not touched. */
function writeProjection(folder: string, files: ReadonlyMap<string, ProjectedFile>): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const existing = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const path of existing) {
    const full = join(folder, path);
    if (!files.has(path) && statSync(full, { throwIfNoEntry: false })?.isFile() === true)
      rmSync(full, { force: true });
  }
  for (const [path, { content, mode }] of files) {
    const full = join(folder, path);
    if (relative(folder, full).startsWith(".."))
      throw new ConfigError(`the path "${path}" leaves its volume`);
    mkdirSync(dirname(full), { recursive: true });
    if (!existsSync(full) || !readFileSync(full).equals(content)) writeWhole(full, content, mode);
  }
}

function claimFolder(
  volume: Volume,
  sources: VolumeSources,
  user: User | undefined,
  log: (line: string) => void,
): string {
  const name = volume.persistentVolumeClaim?.claimName ?? "";
  const claim = sources.claim(name);
  if (claim === undefined) throw new ConfigError(`persistentvolumeclaim "${name}" not found`);
  if (claim.metadata.deletionTimestamp !== undefined)
    throw new ConfigError(`persistentvolumeclaim "${name}" is being deleted`);
  const bound = claim.spec.volumeName;
  const path = bound === undefined || bound === "" ? undefined : sources.volume(bound)?.spec.hostPath?.path;
  if (path === undefined)
    throw new ConfigError(`persistentvolumeclaim "${name}" is not bound to a volume yet`);
  return folderFor(path, user, log);
}

/** Makes or refreshes every volume of the pod under `folder`; the folder of each by volume name. `userOf`: who owns it. */
export function mountVolumes(
  pod: Pod,
  folder: string,
  sources: VolumeSources,
  userOf: (volume: string) => User | undefined,
  log: (line: string) => void,
): Map<string, string> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    const files = projectedFiles(volume, sources);
    const own = join(folder, volume.name);
    const user = userOf(volume.name);
    if (files !== undefined) {
      writeProjection(own, files);
      folders.set(volume.name, own);
    } else if (volume.persistentVolumeClaim) {
      folders.set(volume.name, claimFolder(volume, sources, user, log));
    } else if (volume.hostPath) {
      folders.set(volume.name, volume.hostPath.path);
    } else {
      folders.set(volume.name, folderFor(own, user, log));
    }
  }
  return folders;
}

/** Mount path -> folder for one container. */
export function mountMap(container: Container, folders: ReadonlyMap<string, string>): Map<string, string> {
  const mounts = new Map<string, string>();
  for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
    const folder = folders.get(name);
    if (folder === undefined) throw new ConfigError(`volumeMount "${name}" names no volume of the pod`);
    const place = subPath === undefined || subPath === "" ? folder : join(folder, subPath);
    if (place !== folder && !existsSync(place)) mkdirSync(place, { recursive: true });
    mounts.set(mountPath.length > 1 ? mountPath.replace(/\/+$/, "") : mountPath, place);
  }
  return mounts;
}
