// What the bench tells: one JSON object, or a table to read.

export const TARGETS = { speed_ratio: 1, rss_mib: 200, p99_ratio: 1.5 } as const;

export interface Way {
  readonly seconds: number;
  readonly mb_per_second: number;
  readonly peak_rss_mib: number;
}

export interface Result {
  readonly node: string;
  readonly cpus: number;
  readonly server_version: string;
  readonly database_mib: number;
  readonly stored_mib: { readonly ours: number; readonly pg_dump?: number };
  readonly backup: { readonly ours: Way; readonly pg_dump?: Way; readonly speed_ratio?: number };
  readonly restore: { readonly ours: Way; readonly pg_restore?: Way; readonly speed_ratio?: number };
  readonly serving: {
    readonly p50_ms: number;
    readonly p99_ms: number;
    readonly p50_ms_during_backup: number;
    readonly p99_ms_during_backup: number;
    readonly p99_ratio: number;
  };
  readonly targets: typeof TARGETS;
}

export const HELP = `bench:backup: what a backup and a restore cost, beside pg_dump -Fc and pg_restore of the same data

  npm run bench:backup [-- --database-mib N] [--files-mib N] [--rounds N] [--output json]

  --database-mib N  rows until the database has this size (default 200)
  --files-mib N     files beside them (default 400)
  --rounds N        turns in which ours and theirs alternate; the median counts (default 3)

The full size of a large site is --database-mib 1024 --files-mib 4096; it takes half an hour and 20 GB of disk. A PostgreSQL
with the arguments the operator declares; Debian's when its pg_dump is installed (pg_dump must not be older than the
server), otherwise the one that comes along, and nothing is compared.

Keys of --output json:
  server_version         of PostgreSQL
  database_mib           pg_database_size of the site, files included
  stored_mib             what lies in the folder afterwards: ours is zstd, pg_dump's is gzip
  backup, restore        seconds, mb_per_second (of database_mib, in MB), peak_rss_mib of the process; speed_ratio is theirs by
                         ours in seconds: above 1 we are faster (target ${TARGETS.speed_ratio})
  serving                milliseconds of a lesson's page at 4 connections, at rest and while a backup is made; p99_ratio of the
                         two (target at most ${TARGETS.p99_ratio})
  targets                speed_ratio, rss_mib (of backup and restore), p99_ratio`;

export function report(result: Result, json: boolean): void {
  if (json) return console.log(JSON.stringify(result));
  const { backup, restore, serving, stored_mib: stored } = result;
  const line = (name: string, way: Way | undefined, ratio?: number): string =>
    way === undefined
      ? `${name.padEnd(22)} not measured`
      : `${name.padEnd(22)} ${way.seconds.toFixed(1).padStart(7)} s ${way.mb_per_second.toFixed(0).padStart(5)} MB/s ${way.peak_rss_mib.toFixed(0).padStart(5)} MiB${ratio === undefined ? "" : `   ${ratio.toFixed(2)}x`}`;
  console.log(
    [
      `PostgreSQL ${result.server_version}, ${result.database_mib.toFixed(0)} MiB, ${result.cpus} processors, node ${result.node}`,
      line("backup", backup.ours, backup.speed_ratio),
      line("pg_dump -Fc", backup.pg_dump),
      line("restore", restore.ours, restore.speed_ratio),
      line("pg_restore", restore.pg_restore),
      `stored: ${stored.ours.toFixed(0)} MiB${stored.pg_dump === undefined ? "" : `, by pg_dump ${stored.pg_dump.toFixed(0)} MiB`}`,
      `a lesson's page at 4 connections: p99 ${serving.p99_ms.toFixed(1)} ms, during a backup ${serving.p99_ms_during_backup.toFixed(1)} ms (${serving.p99_ratio.toFixed(2)}x)`,
      `targets: at least ${TARGETS.speed_ratio}x as fast, under ${TARGETS.rss_mib} MiB, p99 at most ${TARGETS.p99_ratio}x`,
    ].join("\n"),
  );
}
