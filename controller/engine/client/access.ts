// Where an API server is and how to sign in to it. Loading it from files is kubeconfig.ts.

/** TLS material for the connection. */
export interface AccessTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** One API server and the credentials for it. Never log it. */
export interface ClusterAccess {
  /** e.g. `https://10.0.0.1:6443`; may have a path. */
  readonly server: string;
  /** Namespace of the current context, or of the pod. */
  readonly namespace: string;
  /** True when the process runs as a pod of this cluster (Services can be reached directly). */
  readonly inCluster: boolean;
  /** TLS material as it is now; files are read again when they change. */
  tls(): Promise<AccessTls>;
  /** Headers that authenticate a request now (tokens are re-read and exec plugins re-run when they expire). */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** The server said 401: forget cached credentials, so that the next call reads them anew. */
  invalidate(): void;
}
