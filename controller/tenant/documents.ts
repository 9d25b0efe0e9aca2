// The documents a tenant's manifest becomes, and which field a pointer into them came from. Pure.
import type { DirectoryDocument, LmsTenant, SiteDocument } from "../../api/index.ts";
import { fieldOf } from "../lms/errors.ts";
import { fingerprint } from "./credentials.ts";

export type LogoDocument = NonNullable<NonNullable<SiteDocument["branding"]>["logo"]>;

/** PUT /site of a tenant. `logo` is the picture with its reference resolved. */
export function siteDocument(tenant: LmsTenant, logo: LogoDocument | undefined): SiteDocument {
  const { site, categories, access, housekeeping } = tenant.spec;
  const { branding, ...texts } = site;
  const { logo: _declared, ...colors } = branding ?? {};
  return {
    ...texts,
    ...(branding === undefined ? {} : { branding: { ...colors, ...(logo && { logo }) } }),
    ...(categories && { categories }),
    access,
    housekeeping,
    ...(tenant.spec.lifecycle === "ReadOnly" && { readOnly: true }),
  };
}

/** Field of the manifest that a pointer into the site document came from. */
export function siteField(pointer: string): string {
  const field = fieldOf(pointer);
  if (field === "") return "spec.site";
  if (field === "readOnly") return "spec.lifecycle";
  return /^(categories|access|housekeeping)\b/.test(field) ? `spec.${field}` : `spec.site.${field}`;
}

/** A declared account and the password that goes with it. */
export interface Account {
  readonly user: NonNullable<LmsTenant["spec"]["users"]>[number];
  readonly password: string;
}

/** PUT /directory of a tenant. */
export function directoryDocument(
  tenant: LmsTenant,
  accounts: readonly Account[],
  fingerprintKey: string,
): DirectoryDocument {
  return {
    roles: tenant.spec.roles ?? [],
    groups: tenant.spec.groups ?? [],
    users: accounts.map(({ user, password }) => ({
      name: user.name,
      email: user.email,
      displayName: user.displayName,
      suspended: user.suspended,
      passwordFingerprint: fingerprint(fingerprintKey, `${user.name}\0${password}`),
      password,
    })),
  };
}

/** Field of the manifest that a pointer into the directory document came from. */
export function directoryField(pointer: string): string {
  const field = fieldOf(pointer);
  return field === "" ? "spec" : `spec.${field.replace(/\.password(Fingerprint)?$/, ".passwordSecretRef")}`;
}
