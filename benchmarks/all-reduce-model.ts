// The time of sums over processes by the usual model: a latency per message and a bandwidth.

/** t = α + n / β. */
export interface Link {
  readonly alphaSeconds: number;
  readonly bytesPerSecond: number;
}

/** Measured times of sums of a given size. */
export interface SumTime {
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * α and β of t = α + n / β by least squares of the relative errors (α + n / β − t) / t: absolute ones would be
 * dominated by the largest sums. Throws RangeError for fewer than two sizes.
 */
export function fitLink(times: readonly SumTime[]): Link {
  if (new Set(times.map(({ bytes }) => bytes)).size < 2) throw new RangeError("a fit needs sums of two sizes at least");
  let [uu, uv, vv, u1, v1] = [0, 0, 0, 0, 0];
  for (const { bytes, seconds } of times) {
    const [u, v] = [1 / seconds, bytes / seconds];
    uu += u * u;
    uv += u * v;
    vv += v * v;
    u1 += u;
    v1 += v;
  }
  const determinant = uu * vv - uv * uv;
  return {
    alphaSeconds: (u1 * vv - v1 * uv) / determinant,
    bytesPerSecond: determinant / (uu * v1 - uv * u1),
  };
}

/**
 * A ring of W processes: each sends W − 1 parts of the sum around, and W − 1 parts of the result, of n / W bytes:
 * t = 2 (W − 1) α + 2 (W − 1) / W · n / β.
 */
export function ringSeconds(processes: number, bytes: number, { alphaSeconds, bytesPerSecond }: Link): number {
  const messages = 2 * (processes - 1);
  return messages * alphaSeconds + ((messages / processes) * bytes) / bytesPerSecond;
}

/**
 * Two trees, each of which sums half up to its root and sends the result down, piece by piece: t = 2 log₂ W · α + 2 n /
 * β.
 */
export function treeSeconds(processes: number, bytes: number, { alphaSeconds, bytesPerSecond }: Link): number {
  if (processes === 1) return 0;
  return 2 * Math.ceil(Math.log2(processes)) * alphaSeconds + (2 * bytes) / bytesPerSecond;
}

/**
 * What is left of the sums of buckets when the backward pass is over: bucket i of B begins when i/B of the pass is done
 * and the bucket before is summed, so that nothing is left to hide the last one behind. With B equal buckets this is
 * max(t, B t − (B − 1)/B · backward) of the time t of one.
 * @param busySeconds from the beginning of the pass on in which another sum is under way on the same connections
 */
export function waitSeconds(
  buckets: readonly number[],
  backwardSeconds: number,
  sumSeconds: (bytes: number) => number,
  busySeconds = 0,
): number {
  let end = busySeconds;
  buckets.forEach((bytes, index) => {
    const ready = ((index + 1) / buckets.length) * backwardSeconds;
    end = Math.max(end, ready) + sumSeconds(bytes);
  });
  return Math.max(0, end - backwardSeconds);
}

/** The part of the time that is spent computing. */
export function efficiency(computeSeconds: number, waitedSeconds: number): number {
  return computeSeconds / (computeSeconds + waitedSeconds);
}
