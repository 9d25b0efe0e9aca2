// The kubeconfig that leads kubectl and the operator here.
import { writePrivate } from "./pki.ts";

const name = "provost-sandbox";

/** Writes a kubeconfig with embedded authority and token, readable by its owner only. */
export const writeKubeconfig = (path: string, access: { url: string; ca: string; token: string }): void => {
  // JSON is YAML, and needs no quoting rules.
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: access.url,
          "certificate-authority-data": Buffer.from(access.ca, "utf8").toString("base64"),
        },
      },
    ],
    users: [{ name, user: { token: access.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  };
  writePrivate(path, `${JSON.stringify(config, null, 2)}\n`);
};
