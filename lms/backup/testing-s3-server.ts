// Runs the S3 server of a test: `node --openssl-legacy-provider testing-s3-server.ts FOLDER`, started by testing-s3.ts
// only. It sends its port over the channel, and ends with it. A process of its own because the server enciphers the
// token of a long listing with a cipher that OpenSSL 3 has on demand only.
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

/** The package has no types. */
const S3rver = createRequire(import.meta.url)("s3rver") as new (options: object) => {
  run(): Promise<AddressInfo>;
};

process.once("disconnect", () => process.exit());
const server = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: process.argv[2],
  configureBuckets: [{ name: "backups" }],
});
process.send?.((await server.run()).port);
