// What is known of the metadata of kinds that live on a site alone: none of it gets there.
import { boundary, type Hints, refused, valid } from "./candidates.ts";

const noEffect = "the LMS has none";

export const METADATA_HINTS: Hints = {
  "metadata.labels": { noEffect },
  "metadata.labels{}": {
    instead: [
      valid("chemistry"),
      boundary("x".repeat(63), "longest"),
      refused("not a label!", /valid label|Invalid/),
    ],
    noEffect,
  },
  "metadata.annotations": { noEffect },
  "metadata.annotations{}": {
    instead: [valid("changed"), boundary("", "shortest"), refused(5, /typed patch object/)],
    noEffect,
  },
};
