// The error an applied configuration that cannot be read by its schema ends with.

/** kube-apiserver answers it with status 500 and no reason. */
export class ApplyError extends Error {
  override readonly name = "ApplyError";
  readonly code = 500;
}
