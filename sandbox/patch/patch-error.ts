// The error a patch that cannot be applied ends with.

/** A patch that cannot be applied. `code` is the HTTP status kube-apiserver answers with. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly code: 400 | 422;
  constructor(code: 400 | 422, message: string) {
    super(message);
    this.code = code;
  }
}
