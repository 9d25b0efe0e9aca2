// The words that bench and its processes exchange.

/** Text of the Widget whose reconcile was entered, and when, on the clock of `nowMs`. */
export type Mark = readonly [text: string, atMs: number];

export interface Question {
  readonly id: number;
  readonly question:
    | { readonly type: "runs" }
    | { readonly type: "marks" }
    | { readonly type: "leads" }
    | { readonly type: "fire"; readonly version: number };
}

/** The answer to the question of that id; 0 is nobody's question and says that the process is up. */
export interface Answer {
  readonly id: number;
  readonly error?: string;
  /** Reconciles entered since the start. */
  readonly runs?: number;
  /** Those since the last time this was asked. */
  readonly marks?: readonly Mark[];
  readonly leads?: boolean;
}
