/** The sum of one bucket, milliseconds after the backward pass began. */
export interface BucketSpan {
  readonly bytes: number;
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** What happened when in a backward pass. */
export interface ReductionTimeline {
  readonly buckets: readonly BucketSpan[];
  readonly backwardEndMs: number;
  /** When the last sum was there. */
  readonly endMs: number;
}
