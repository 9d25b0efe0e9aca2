/** An image that can be built from files of this machine. */
export interface Image {
  /** Name and tag, as manifests say it. */
  readonly name: string;
  /** File name of the archive. */
  readonly file: string;
  readonly entrypoint: readonly string[];
  /** Files and folders the image is made of: it is built again when one of them changes. */
  readonly inputs: readonly string[];
  /** What else it is made of. */
  readonly facts?: unknown;
  /** Writes the root file system into an empty folder. */
  fill(root: string): void;
}
