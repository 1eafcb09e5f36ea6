// Numbers that a seed and the number of a call determine, so that any one call can be made again by itself.

let state = 1;

/** Begins the numbers of one call. */
export function beginCall(seed: number, call: number): void {
  state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(call + 1, 0x85ebca6b)) | 1;
  // Neighbouring states give neighbouring numbers at first.
  for (let i = 0; i < 8; i += 1) random();
}

/** Marsaglia's xorshift, 32 bits: a number in [0, 1). */
export function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

export function chance(probability: number): boolean {
  return random() < probability;
}

export function pick<T>(from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** A whole number of `from` … `to`. */
export function between(from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** Up to `most` of what `make` gives. */
export function many<T>(make: () => T, most = 4): T[] {
  return Array.from({ length: between(0, most) }, make);
}
