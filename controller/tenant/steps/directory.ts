// Roles, groups and accounts: the directory document, passwords from Secrets included.
import { digestOf, withoutPasswords } from "../../../api/index.ts";
import { requeueAfter, stalled, type Secret } from "../../engine/index.ts";
import { readSecret, secretText } from "../../environment.ts";
import { guardOf } from "../../lms/guard.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { FINGERPRINT_KEY, generatedAccounts } from "../credentials.ts";
import { directoryDocument, directoryField } from "../documents.ts";
import { names } from "../names.ts";
import { accountsOf } from "../passwords.ts";
import { bringDocument } from "./document.ts";

const LOOK_AGAIN_MS = 60_000;

export const directory: TenantStep = {
  name: "directory",
  async run(ctx) {
    const tenant = tenantOf(ctx);
    const { accountsSecret } = names(ctx.key.name);
    const generated = await readSecret(ctx, besides(ctx, accountsSecret));
    const key = secretText(generated, FINGERPRINT_KEY);
    if (generated === undefined || key === undefined)
      return requeueAfter(1_000, "WaitingForSecret", `Secret ${accountsSecret} is being made.`);
    const accounts = accountsOf(tenant, generated, await namedSecrets(ctx));
    if ("terminal" in accounts) {
      const { reason, message, terminal } = accounts;
      ctx.draft.condition({ type: "DirectorySynced", status: "False", reason, message });
      return terminal ? stalled(reason, message) : requeueAfter(LOOK_AGAIN_MS, reason, message);
    }
    const document = directoryDocument(tenant, accounts, key);
    const result = await bringDocument(ctx, {
      what: "the directory",
      condition: "DirectorySynced",
      reason: "DirectorySynced",
      digest: digestOf(withoutPasswords(document)),
      digestField: "directoryDigest",
      place: directoryField,
      state: (digests) => digests.directory,
      put: (lms) => lms.putDirectory(document, ctx.signal, guardOf(tenant, ctx.object)),
    });
    if (result.type !== "done") return result;
    ctx.draft.set({
      users: accounts.length,
      accounts: generatedAccounts(tenant).map((name) => ({
        name,
        secretRef: { name: accountsSecret, key: name },
      })),
    });
    return result;
  },
};

async function namedSecrets(ctx: TenantContext): Promise<Map<string, Secret>> {
  const found = new Map<string, Secret>();
  const named = new Set((ctx.object.spec.users ?? []).flatMap((user) => user.passwordSecretRef?.name ?? []));
  for (const name of named) {
    const secret = await readSecret(ctx, besides(ctx, name));
    if (secret) found.set(name, secret as unknown as Secret);
  }
  return found;
}
