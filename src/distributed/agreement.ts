import { createHash } from "node:crypto";
import { fromTypedArray } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { shortened } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import type { Group } from "./group.js";
import { CommunicationError } from "./process-group.js";

/** 32-bit words of a SHA-256 digest, each exact in a float64. */
const DIGEST_WORDS = 8;

/** Maximum number of characters quoted of a value. */
const MAX_QUOTED = 100;

/** Facts that ranks compare: JSON values by key. */
export type Facts = Readonly<Record<string, unknown>>;

/**
 * Checks that all ranks have the same facts. Collective: every rank must call it.
 * @param what a key for the comparison, unique per call
 * @param where the source of this rank's facts, for the message
 * @throws InputError on every rank if one differs from rank 0, naming both ranks, the key and both values
 */
export function checkAgreement(group: Group, what: string, facts: () => Facts, where = what): void {
  const difference = disagreement(group, what, facts);
  if (difference !== null) throw new InputError(`${where}: expected the same on every process, found ${difference}`);
}

/**
 * Describes the first difference between the ranks' facts, the same on each; `null` if they agree. Collective. Digests
 * are compared, so facts may be long.
 * @param what a key for the comparison, unique per call
 */
export function disagreement(group: Group, what: string, facts: () => Facts): string | null {
  if (group.size === 1) return null;
  const text = JSON.stringify(facts());
  const digests = gatherDigests(group, createHash("sha256").update(text).digest());
  const other = digests.findIndex((digest) => digest !== digests[0]);
  if (other < 0) return null;
  const key = (rank: number) => `facts/${what}/${rank}`;
  if (group.rank === 0 || group.rank === other) group.set(key(group.rank), text);
  const [first, second] = [0, other].map((rank) => readFacts(group, key(rank)));
  return difference(first ?? {}, second ?? {}, other);
}

/** The digest of every rank. */
function gatherDigests(group: Group, digest: Buffer): string[] {
  return scope(() => {
    const all = new Float64Array(group.size * DIGEST_WORDS);
    for (let word = 0; word < DIGEST_WORDS; word++) {
      all[group.rank * DIGEST_WORDS + word] = digest.readUInt32LE(4 * word);
    }
    const tensor = fromTypedArray(all, [group.size, DIGEST_WORDS]);
    group.sum(tensor);
    const words = tensor.toArray();
    return Array.from({ length: group.size }, (_, rank) =>
      String(words.slice(rank * DIGEST_WORDS, (rank + 1) * DIGEST_WORDS)),
    );
  });
}

function readFacts(group: Group, key: string): Facts {
  const text = group.get(key, group.timeoutMs);
  if (text === null) throw new CommunicationError(`no process left ${key} in the store in time`);
  return JSON.parse(text);
}

/** The first key whose values differ between two ranks; for objects, the first key within. */
function difference(zero: Facts, other: Facts, rank: number, path = ""): string {
  for (const key of new Set([...Object.keys(zero), ...Object.keys(other)])) {
    const [a, b] = [zero[key], other[key]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    if (isRecord(a) && isRecord(b)) return difference(a, b, rank, `${path}${key}.`);
    return `${path}${key} ${quoted(a)} on rank 0 and ${quoted(b)} on rank ${rank}`;
  }
  return `another order of keys on rank ${rank}`;
}

function isRecord(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function quoted(value: unknown): string {
  return shortened(JSON.stringify(value) ?? "nothing", MAX_QUOTED);
}
