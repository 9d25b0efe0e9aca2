// A declared account.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** One of `spec.users` of a tenant. */
export const account = {
  type: "object",
  description:
    "One declared account. People who sign up by themselves are not listed here and are left alone.",
  required: ["name", "email", "displayName"],
  properties: {
    name: {
      ...f.key,
      description: "Sign-in name and stable key of the account; it never changes.",
      pattern: f.USER_NAME_PATTERN,
    },
    email: {
      type: "string",
      description: "E-mail address; unique on the site, may be used to sign in.",
      pattern: "^[^@\\s]+@[^@\\s]+$",
      maxLength: 254,
    },
    displayName: { type: "string", description: "The name others see.", minLength: 1, maxLength: 200 },
    suspended: {
      type: "boolean",
      description: "A suspended account cannot sign in and its sessions end at once; its work stays.",
      default: false,
    },
    passwordSecretRef: {
      ...f.keyRef,
      description:
        "Secret key holding the password (8 characters or more). Absent: the operator makes a password once and keeps it in the Secret named in status.accounts. A password the person changes on the site stays until the Secret's value changes.",
    },
  },
} as const satisfies Structural;
