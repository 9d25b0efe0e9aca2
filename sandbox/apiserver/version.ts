// What the server says it is: the Kubernetes version whose API it follows.

/** The document of `/version`. */
export const version = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.1-sandbox",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "2025-09-09T00:00:00Z",
  goVersion: "none",
  compiler: "node",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
} as const;
