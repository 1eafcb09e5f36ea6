import { judge } from "./judge.js";
import type { Feed, Target } from "./target.js";

/** Processor seconds that one input may take. */
const MAX_SECONDS = 2;

/** How a parser took an input. */
export type Outcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "error" | "slow" | "memory"; readonly what: string };

/** Feeds one input and looks at what comes of it: errors, processor time, memory. */
export async function feedOne(target: Target, feed: Feed, input: Uint8Array, folder: string): Promise<Outcome> {
  const memoryBefore = memory();
  const cpuBefore = process.cpuUsage();
  const outcome = await tryFeed(target, feed, input, folder);
  const { user, system } = process.cpuUsage(cpuBefore);
  const grown = memory().map((bytes, index) => bytes - (memoryBefore[index] ?? 0));
  if (outcome.kind === "error") return outcome;
  const seconds = (user + system) / 1e6;
  if (seconds > MAX_SECONDS) return { kind: "slow", what: `${seconds.toFixed(1)} seconds of processor time` };
  const limit = target.memoryBytes?.(input.length) ?? 64 * 2 ** 20 + 64 * input.length;
  const most = Math.max(...grown);
  if (most > limit) return { kind: "memory", what: `${most} bytes for an input of ${input.length}` };
  return outcome;
}

async function tryFeed(target: Target, feed: Feed, input: Uint8Array, folder: string): Promise<Outcome> {
  try {
    await feed(input);
    return { kind: "accepted" };
  } catch (error) {
    const what = judge(error, folder, target.isUnnamed ?? false);
    if (what !== undefined) return { kind: "error", what };
    return { kind: "refused", message: error instanceof Error ? error.message : "" };
  }
}

/** The most memory the process has held so far, and what its buffers hold, touched or not. */
function memory(): number[] {
  return [process.resourceUsage().maxRSS * 1024, process.memoryUsage().arrayBuffers];
}
