/** What the operator process tells of itself. Counters run from its start. */
export interface Stats {
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** After a full collection. */
  readonly heapBytes: number;
  /** To the API server. */
  readonly requests: number;
  readonly writes: number;
  readonly reconciles: number;
  /** Keys that wait for a worker or run. */
  readonly waiting: number;
}
