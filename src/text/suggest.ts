import { distance } from "fastest-levenshtein";

/**
 * The candidate a user most likely meant by `word`: the nearest by edit distance, ignoring case, if at most a third of
 * its letters differ. The first of equally near candidates wins; undefined if none is near.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = distanceWithin(wanted, candidate.toLowerCase());
    if (edits < nearestDistance) {
      nearest = candidate;
      nearestDistance = edits;
    }
  }
  return nearest;
}

/** The end of an error message: `; did you mean "x"?`, or empty if no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const nearest = suggest(word, candidates);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

/** Edit distance, or ∞ when it is more than a third of the longer word (one edit is always allowed). */
function distanceWithin(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  const limit = Math.max(1, Math.floor(longest / 3));
  if (Math.abs(a.length - b.length) > limit) {
    return Number.POSITIVE_INFINITY;
  }
  const edits = distance(a, b);
  return edits <= limit ? edits : Number.POSITIVE_INFINITY;
}
