// Ways for a route to end a request early; error-pages.ts answers them.
import type { FastifyRequest } from "fastify";
import type { Trouble } from "./pages/errors.ts";

/** Ends a request with the page of a trouble. */
export class Troubled extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/** Ends a request of a stranger with the sign-in page. */
export class SignInFirst extends Error {
  readonly next: string;
  constructor(next: string) {
    super("sign in first");
    this.next = next;
  }
}

/** Whether the answer goes to our script rather than to a person. */
export const wantsJson = (request: FastifyRequest): boolean =>
  request.headers.accept?.startsWith("application/json") === true;
