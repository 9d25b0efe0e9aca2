// Which backend a request goes to: hosts, wildcards, paths, defaults.
import { expect, test } from "vitest";
import type { Ingress } from "../workloads/objects.ts";
import { hostCandidates, localUrl, matchesPath, route, routeTable } from "./routes.ts";

type Paths = [path: string, type: string, service: string][];

const ingress = (host: string | undefined, paths: Paths, more: Partial<Ingress> = {}): Ingress => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: `in-${host ?? "any"}`, namespace: "shop", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: {
    rules: [
      {
        ...(host !== undefined && { host }),
        http: {
          paths: paths.map(([path, pathType, name]) => ({
            path,
            pathType,
            backend: { service: { name, port: { number: 80 } } },
          })),
        },
      },
    ],
  },
  ...more,
});

const table = routeTable([
  ingress("learn.example.org", [
    ["/", "Prefix", "site"],
    ["/files", "Prefix", "files"],
    ["/files/exact", "Exact", "exact"],
    ["/spec", "ImplementationSpecific", "spec"],
  ]),
  ingress("*.example.org", [["/", "Prefix", "wild"]]),
  ingress("own.localhost", [["/", "Prefix", "own"]]),
  ingress("narrow.test", [["/app", "Prefix", "app"]]),
]);

test.each([
  ["learn.example.org", "/", "site"],
  ["LEARN.example.org:8080", "/course", "site"],
  ["learn.example.org.localhost:8080", "/", "site"],
  ["learn.example.org", "/files", "files"],
  ["learn.example.org", "/files/", "files"],
  ["learn.example.org", "/files/a", "files"],
  ["learn.example.org", "/filesystem", "site"],
  ["learn.example.org", "/files/exact", "exact"],
  ["learn.example.org", "/files/exact/", "files"],
  ["learn.example.org", "/spec/x", "spec"],
  ["other.example.org", "/", "wild"],
  ["other.example.org.localhost", "/", "wild"],
  ["own.localhost:8080", "/", "own"],
  // What a template that always adds `.localhost` makes of it.
  ["own.localhost.localhost:8080", "/", "own"],
])("%s%s goes to %s", (host, path, service) => {
  expect(route(table, host, path)).toMatchObject({ found: "backend", backend: { service } });
});

test.each([
  ["example.org", "/", "nothing"],
  ["a.b.example.org", "/", "nothing"],
  [undefined, "/", "nothing"],
  ["narrow.test", "/application", "host"],
])("%s%s leads nowhere: %s", (host, path, found) => {
  expect(route(table, host, path).found).toBe(found);
});

test("a default backend takes what no rule does", () => {
  const spec = { defaultBackend: { service: { name: "fallback", port: { name: "http" } } } };
  const all = routeTable([ingress("a.test", [["/a", "Prefix", "a"]]), { ...ingress("b", []), spec }]);
  const backend = { namespace: "shop", service: "fallback", port: "http" };
  expect(route(all, "unknown.test", "/")).toEqual({ found: "backend", backend });
});

test("of two Ingresses that claim the same host and path the older one has it", () => {
  const young = ingress("same.test", [["/", "Prefix", "young"]]);
  const old = ingress("same.test", [["/", "Prefix", "old"]]);
  young.metadata = { ...young.metadata, name: "a", creationTimestamp: "2026-02-01T00:00:00Z" };
  expect(route(routeTable([young, old]), "same.test", "/")).toMatchObject({ backend: { service: "old" } });
});

test("a prefix is matched element by element", () => {
  expect(matchesPath("Prefix", "/foo/", "/foo")).toBe(true);
  expect(matchesPath("Prefix", "/foo", "/foobar")).toBe(false);
  expect(matchesPath("Exact", "/foo", "/foo/")).toBe(false);
});

test("a hostname's address on this machine", () => {
  expect(localUrl("learn.example.org", 8080)).toBe("http://learn.example.org.localhost:8080");
  expect(localUrl("learn.localhost", 8080)).toBe("http://learn.localhost:8080");
  expect(localUrl("{hostname}", 80)).toBe("http://{hostname}.localhost");
  expect(hostCandidates("a.localhost.:1")).toEqual(["a.localhost", "a"]);
});
