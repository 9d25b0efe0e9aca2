// Where backups lie, as a container sees it: an URL, credentials, volumes. Pure.
import { type LmsTenant, locationText } from "../../api/index.ts";
import { names } from "../tenant/names.ts";

type Policy = NonNullable<LmsTenant["spec"]["backup"]>;
type Bucket = NonNullable<Policy["destination"]["s3"]>;
export type Destination = { readonly s3: Bucket } | { readonly claimName: string };

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

export interface Place {
  /** For status and people: `s3://…` or `persistentvolumeclaim/<name>`. */
  readonly text: string;
  /** For the container, see api/backup/location.ts. */
  readonly url: string;
  /** Credentials, from Secrets. */
  readonly env: readonly EnvVar[];
  readonly volumes: readonly object[];
  readonly mounts: readonly object[];
}

/** The destination that a tenant's policy names. */
export function destinationOf(tenant: LmsTenant, { destination: { s3, volume } }: Policy): Destination {
  if (s3) return { s3 };
  return { claimName: volume?.claimName ?? names(tenant.metadata.name).backupClaim };
}

/** For status and people, and to tell whether two are the same. */
export const destinationText = (destination: Destination): string =>
  "s3" in destination ? bucketUrl(destination.s3) : `persistentvolumeclaim/${destination.claimName}`;

/**
 * @param use `name` of the volumes and folders (a container may have two places), `prefix` of the credentials' variables
 */
export function placeOf(
  destination: Destination,
  use: { readonly name: string; readonly prefix?: string; readonly readOnly?: boolean },
): Place {
  const text = destinationText(destination);
  const readOnly = use.readOnly ? { readOnly: true } : {};
  if (!("s3" in destination)) {
    const { claimName } = destination;
    const mountPath = `/${use.name}`;
    return {
      text,
      url: mountPath,
      env: [],
      volumes: [{ name: use.name, persistentVolumeClaim: { claimName } }],
      mounts: [{ name: use.name, mountPath, ...readOnly }],
    };
  }
  const { caConfigMapRef } = destination.s3;
  const ca = `${use.name}-ca`;
  const folder = `/etc/provost/${ca}`;
  return {
    text,
    url: text,
    env: credentialsOf(destination.s3, use.prefix ?? "", `${folder}/ca.pem`),
    volumes: caConfigMapRef
      ? [
          {
            name: ca,
            configMap: { name: caConfigMapRef.name, items: [{ key: caConfigMapRef.key, path: "ca.pem" }] },
          },
        ]
      : [],
    mounts: caConfigMapRef ? [{ name: ca, mountPath: folder, readOnly: true }] : [],
  };
}

function bucketUrl({ bucket, prefix = "", endpoint, region }: Bucket): string {
  return locationText({
    type: "s3",
    bucket,
    prefix,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
  });
}

function credentialsOf({ secretRef, caConfigMapRef }: Bucket, prefix: string, bundle: string): EnvVar[] {
  const from = (variable: string, key: string, optional = false): EnvVar => ({
    name: `${prefix}${variable}`,
    valueFrom: { secretKeyRef: { name: secretRef.name, key, ...(optional ? { optional } : {}) } },
  });
  return [
    from("AWS_ACCESS_KEY_ID", "accessKeyId"),
    from("AWS_SECRET_ACCESS_KEY", "secretAccessKey"),
    from("AWS_SESSION_TOKEN", "sessionToken", true),
    ...(caConfigMapRef ? [{ name: `${prefix}AWS_CA_BUNDLE`, value: bundle }] : []),
  ];
}
