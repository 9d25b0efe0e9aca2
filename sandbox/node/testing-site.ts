// For tests: a small web application on PostgreSQL, as manifests and as an image. Every GET of `/visit` is recorded in
// the database before it is answered.
import type { KubeObject, ResourceRef } from "../cluster.ts";
import { resources } from "../workloads/objects.ts";
import type { ImageDefinition } from "./images.ts";

const script = `
  import { createServer } from "node:http";
  import { createRequire } from "node:module";
  const pg = createRequire(process.env.REQUIRE_FROM)("pg");
  const pool = new pg.Pool({ max: 2, connectionTimeoutMillis: 5000 });
  pool.on("error", () => {});
  let made = false;
  const server = createServer(async (request, response) => {
    try {
      if (!made) await pool.query("CREATE TABLE IF NOT EXISTS visits (at timestamptz DEFAULT now())");
      made = true;
      if (request.url === "/visit") await pool.query("INSERT INTO visits DEFAULT VALUES");
      response.end(String((await pool.query("SELECT count(*)::int AS n FROM visits")).rows[0].n));
    } catch (error) {
      response.writeHead(503).end(error.message);
    }
  });
  server.listen(8080, process.env.POD_IP, () => console.log("site " + process.env.VERSION + " is open"));
  process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

export const siteImage: ImageDefinition = {
  match: "test/site",
  command: [process.execPath, "--input-type=module", "-e", script],
  env: { REQUIRE_FROM: import.meta.filename },
};

const named = (name: string) => ({ name, namespace: "default" });

/** The objects of the application; \`version\` shows in its log. */
export function siteObjects(version: string): [ResourceRef, KubeObject][] {
  const database = {
    replicas: 1,
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    template: {
      metadata: { labels: { app: "db" } },
      spec: {
        containers: [
          {
            name: "postgres",
            image: "postgres:18",
            env: [
              { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
              { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
            ],
            ports: [{ name: "postgres", containerPort: 5432 }],
            readinessProbe: { tcpSocket: { port: "postgres" }, periodSeconds: 5 },
            volumeMounts: [{ name: "data", mountPath: "/var/lib/postgresql/data" }],
          },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "db" } }],
      },
    },
  };
  const site = {
    replicas: 1,
    selector: { matchLabels: { app: "site" } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: { labels: { app: "site" } },
      spec: {
        containers: [
          {
            name: "site",
            image: "test/site:1",
            env: [
              { name: "VERSION", value: version },
              { name: "PGHOST", value: "db.default.svc" },
              { name: "PGUSER", value: "postgres" },
              { name: "PGDATABASE", value: "postgres" },
              { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
            ],
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5, timeoutSeconds: 10 },
          },
        ],
      },
    },
  };
  const port = { name: "http" };
  const backend = { service: { name: "site", port } };
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const rules = [{ host: "site.test", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
  const data = { password: Buffer.from("db-password").toString("base64") };
  const of = (apiVersion: string, kind: string, name: string, rest: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: named(name),
    ...rest,
  });
  return [
    [resources.secrets, of("v1", "Secret", "db", { data })],
    [resources.persistentVolumeClaims, of("v1", "PersistentVolumeClaim", "db", { spec: claim })],
    [
      resources.services,
      of("v1", "Service", "db", {
        spec: { selector: { app: "db" }, ports: [{ name: "postgres", port: 5432 }] },
      }),
    ],
    [
      resources.services,
      of("v1", "Service", "site", {
        spec: { selector: { app: "site" }, ports: [{ name: "http", port: 8000, targetPort: "http" }] },
      }),
    ],
    [resources.statefulSets, of("apps/v1", "StatefulSet", "db", { spec: database })],
    [resources.deployments, of("apps/v1", "Deployment", "site", { spec: site })],
    [resources.ingresses, of("networking.k8s.io/v1", "Ingress", "site", { spec: { rules } })],
  ];
}
