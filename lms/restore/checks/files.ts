// Every file has the bytes that its digest promises.
import type { Check } from "./check.ts";
import { hold, OF_FILES } from "./invariants.ts";

export const files: Check = {
  name: "Files",
  async run(db) {
    // The server computes it: no file comes here, however large.
    const broken = await db.query<{ sha256: string }>(
      `SELECT encode(sha256, 'hex') AS sha256 FROM blob
       WHERE sha256 <> sha256(bytes) OR size_bytes <> octet_length(bytes) ORDER BY 1 LIMIT 3`,
    );
    if (broken.length > 0)
      throw new Error(
        `files are not what their digest says, such as ${broken.map(({ sha256 }) => sha256.slice(0, 12)).join(", ")}`,
      );
    await hold(db, OF_FILES);
    const all = await db.first<{ count: number; bytes: number }>(
      "SELECT count(*) AS count, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM blob",
    );
    return `${all?.count ?? 0} files, ${all?.bytes ?? 0} bytes, each with its digest`;
  },
};
