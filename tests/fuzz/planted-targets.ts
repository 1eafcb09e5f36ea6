import { InputError } from "../../src/text/errors.js";
import { mutateBytes } from "./mutate-bytes.js";
import type { Feed, Target } from "./target.js";

const kept: ArrayBuffer[] = [];
let hasBeenSlow = false;

/** Targets with a defect each, by which the fuzzer itself is tested. Their only seed is "good", which they take well. */
export const plantedTargets: readonly Target[] = [
  planted("planted-other-error", () => {
    throw new TypeError("a.b is undefined");
  }),
  planted("planted-control-character", (path) => {
    throw Object.assign(new InputError(path), { message: `${path}: expected good, found "\x9b2J"` });
  }),
  planted("planted-unnamed-file", () => {
    throw new InputError("expected good");
  }),
  planted("planted-long-message", (path) => {
    throw Object.assign(new InputError(path), { message: `${path}: expected good, found ${"x".repeat(5000)}` });
  }),
  planted("planted-deep-recursion", function recurse(path): number {
    return 1 + Number(recurse(path));
  }),
  planted("planted-memory", () => {
    if (kept.length === 0) kept.push(new Uint8Array(300 * 2 ** 20).fill(1).buffer);
  }),
  planted("planted-untouched-memory", () => {
    if (kept.length < 2) kept.push(new ArrayBuffer(300 * 2 ** 20));
  }),
  planted("planted-slow", () => {
    if (hasBeenSlow) return;
    hasBeenSlow = true;
    const end = processorMicroseconds() + 2.5e6;
    while (processorMicroseconds() < end);
  }),
  planted("planted-late-error", () => {
    setTimeout(() => {
      throw new Error("after the end");
    });
    return new Promise((resolve) => setTimeout(resolve, 20));
  }),
  planted("planted-hang", () => {
    for (;;);
  }),
  planted("planted-crash", () => process.abort()),
];

function processorMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Takes "good" and refuses most else; the defect shows when the first byte was changed and the second was not. */
function planted(name: string, defect: (path: string) => unknown): Target {
  const prepare = (folder: string): Feed => {
    const path = `${folder}/input`;
    return async (input) => {
      const text = Buffer.from(input).toString("latin1");
      if (text === "good") return;
      if (/^[^g]ood$/.test(text)) await defect(path);
      throw new InputError(`${path}: expected good`);
    };
  };
  return { name, mutators: [mutateBytes], seeds: () => [Buffer.from("good")], prepare };
}
