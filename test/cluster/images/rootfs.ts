// A folder that becomes a container's root file system: programs, the libraries they load, the files libc looks for.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** An account of the image. */
export interface Account {
  readonly name: string;
  readonly id: number;
  readonly home: string;
}

/** Makes the folders and files every program expects, with one account beside root. */
export function createRootfs(root: string, account: Account): void {
  for (const folder of ["etc", "bin", "usr/bin", "tmp", "proc", "sys", "dev", "var/tmp"])
    mkdirSync(join(root, folder), { recursive: true });
  for (const folder of ["tmp", "var/tmp"]) chmodSync(join(root, folder), 0o1777);
  const { name, id, home } = account;
  writeFileSync(
    join(root, "etc/passwd"),
    `root:x:0:0:root:/:/bin/sh\n${name}:x:${id}:${id}:${name}:${home}:/bin/sh\n`,
  );
  writeFileSync(join(root, "etc/group"), `root:x:0:\n${name}:x:${id}:\n`);
  writeFileSync(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}

/** Copies a program of this machine to `path` inside the image, with the libraries it loads. */
export function addProgram(root: string, source: string, path: string): void {
  addFile(root, realpathSync(source), path);
  addLibraries(root, source);
}

/** Copies the system libraries that a program or library loads to where it will look for them. */
export function addLibraries(root: string, file: string): void {
  const listed = execFileSync("ldd", [file], { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } });
  for (const [, path = ""] of listed.matchAll(/(?:=> )?(\/\S+) \(0x[0-9a-f]+\)/g))
    // Libraries that came with the program lie beside it already.
    if (!path.includes("/node_modules/")) addFile(root, realpathSync(path), path);
}

/** The resolver libraries that libc opens by name when a program looks up an account or a host. */
export function addNameServices(root: string, libc: string): void {
  const folder = dirname(libc);
  for (const name of ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"])
    if (existsSync(join(folder, name))) addFile(root, realpathSync(join(folder, name)), join(folder, name));
}

/** Where this machine keeps the libc a program loads. */
export function libcOf(program: string): string {
  const listed = execFileSync("ldd", [program], { encoding: "utf8" });
  const path = /libc\.so\.6 => (\/\S+)/.exec(listed)?.[1];
  if (path === undefined) throw new Error(`ldd names no libc.so.6 for ${program}: is this Linux with glibc?`);
  return path;
}

/** Copies one file; readable for every account, as packages in an image are. */
export function addFile(root: string, source: string, path: string, mode = 0o755): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
  chmodSync(target, mode);
}

/** Copies a folder, leaving out what `keep` refuses. */
export function addFolder(root: string, source: string, path: string, keep: (file: string) => boolean): void {
  cpSync(source, join(root, path), { recursive: true, filter: (file) => keep(file), verbatimSymlinks: true });
}
