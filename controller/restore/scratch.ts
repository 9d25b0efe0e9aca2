// A PostgreSQL for one pod: beside the drill, filled by it, gone with it. Pure.
import { computeResources } from "../tenant/resources/compute.ts";
import { DATABASE_PORT } from "../tenant/names.ts";
import { CONTAINER_SECURITY } from "../tenant/resources/security.ts";
import type { EnvVar } from "../runs/place.ts";

/** `postgres` in the official image. */
const POSTGRES_UID = 999;
const DATA = "/var/lib/postgresql/data";
const NAME = "scratch";

export interface Scratch {
  /** PostgreSQL's image. */
  readonly image: string;
  /** Made up for this one. */
  readonly password: string;
  /** Most that it may take of the node's disk. */
  readonly size?: string;
}

/** The container, its volumes, and how the drill finds it. */
export function scratchDatabase({ image, password, size }: Scratch): {
  readonly sidecars: readonly object[];
  readonly volumes: readonly object[];
  readonly env: readonly EnvVar[];
} {
  return {
    sidecars: [
      {
        name: NAME,
        image,
        imagePullPolicy: "IfNotPresent",
        // Makes it a sidecar: started before the drill, ended after it (Kubernetes docs: "Sidecar Containers").
        restartPolicy: "Always",
        // What is in it is thrown away: nothing has to reach the disk.
        args: [
          "fsync=off",
          "synchronous_commit=off",
          "full_page_writes=off",
          "max_wal_size=256MB",
          "jit=off",
        ].flatMap((setting) => ["-c", setting]),
        env: [
          { name: "POSTGRES_USER", value: NAME },
          { name: "POSTGRES_PASSWORD", value: password },
          { name: "POSTGRES_DB", value: NAME },
          { name: "PGDATA", value: `${DATA}/pgdata` },
        ],
        ports: [{ name: "postgres", containerPort: DATABASE_PORT, protocol: "TCP" }],
        resources: computeResources(undefined, {
          requests: { cpu: "50m", memory: "128Mi" },
          limits: { memory: "1Gi" },
        }),
        securityContext: { ...CONTAINER_SECURITY, runAsUser: POSTGRES_UID, runAsGroup: POSTGRES_UID },
        volumeMounts: [
          { name: "scratch-data", mountPath: DATA },
          { name: "scratch-run", mountPath: "/var/run/postgresql" },
          { name: "scratch-tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "scratch-data", emptyDir: size === undefined ? {} : { sizeLimit: size } },
      { name: "scratch-run", emptyDir: {} },
      { name: "scratch-tmp", emptyDir: {} },
    ],
    env: [
      { name: "PGHOST", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "PGPORT", value: String(DATABASE_PORT) },
      { name: "PGDATABASE", value: NAME },
      { name: "PGUSER", value: NAME },
      { name: "PGPASSWORD", value: password },
      { name: "PGSSLMODE", value: "disable" },
    ],
  };
}
