#!/usr/bin/env node
/**
 * Fuzzes the native addon under AddressSanitizer and UndefinedBehaviorSanitizer:
 *   npm run fuzz:native -- [--calls N | --minutes M] [--seed S]
 * Every set of kernels has its turn, and both allocators: the sanitizers see where a tensor's memory ends with the
 * system's alone. Prints what came of the calls; exit code 1 when there was a finding, with the command that makes its
 * call again:
 *   npm run fuzz:native -- --seed S --call N --kernels K --allocator A
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findLibtorch } from "./find-libtorch.mjs";
import { run, worthReading } from "./setup/run.mjs";

/** Kernels, allocator, and the share of all calls. */
const ROUNDS = [
  ["avx512", "system", 0.35],
  ["avx2", "system", 0.3],
  ["baseline", "system", 0.15],
  ["avx512", "caching", 0.2],
];

/** Calls per process, so that leftovers of one do not slow down the others. */
const CALLS_AT_ONCE = 5000;
/** A call that takes longer has hung. */
const MAX_SECONDS = 120;
const MAX_FINDINGS = 20;

/** Not the program's fault: LibTorch and Node never free some of what they make, so leaks are not looked for. */
const ASAN_OPTIONS = [
  "detect_leaks=0",
  // More than 2 GiB is refused, as by a machine that has no more; a process that reaches 8 GiB all the same is ended.
  "allocator_may_return_null=1",
  "max_allocation_size_mb=2048",
  "hard_rss_limit_mb=8192",
  "detect_stack_use_after_return=1",
].join(":");

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "build", "sanitized");

const { seed, calls, milliseconds, only } = options();
await build();
const scratch = mkdtempSync(join(tmpdir(), "fuzz-native-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const progress = join(scratch, "call");

const total = { calls: 0, returned: 0, refused: 0 };
const findings = [];
const began = performance.now();
if (only !== undefined)
  await once(only.kernels, only.allocator, only.call, 1, Number.POSITIVE_INFINITY, { FUZZ_TRACE: "1" });
else {
  for (const [index, [kernels, allocator, share]] of ROUNDS.entries()) {
    // Calls are numbered on, so no round makes those of another.
    await round(kernels, allocator, index * 10_000_000, Math.ceil(calls * share), milliseconds * share);
  }
}
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  `${total.calls} calls with seed ${seed}: ${total.returned} returned, ${total.refused} refused; ${seconds} s; ` +
    `${findings.length} findings`,
);
process.exit(findings.length > 0 ? 1 : 0);

/** Calls until there were enough, or for long enough, in one process after another. */
async function round(kernels, allocator, first, count, milliseconds) {
  const end = performance.now() + milliseconds;
  let next = first;
  while (next < first + count && performance.now() < end && findings.length < MAX_FINDINGS) {
    next = await once(kernels, allocator, next, Math.min(CALLS_AT_ONCE, first + count - next), end - performance.now());
  }
  console.log(`${kernels} kernels, ${allocator} allocator: ${next - first} calls`);
}

/** One process; the number of the call after its last. */
function once(kernels, allocator, first, count, milliseconds, extra = {}) {
  return new Promise((settle) => {
    rmSync(progress, { force: true });
    const script = join(root, "dist", "tests", "support", "fuzz.js");
    const time = Number.isFinite(milliseconds) ? [String(Math.ceil(milliseconds))] : [];
    const child = spawn(process.execPath, [script, ...[seed, first, count].map(String), progress, ...time], {
      env: {
        ...process.env,
        ...extra,
        WEIGHT_SEARCH_ADDON: join(folder, "weight_search.node"),
        WEIGHT_SEARCH_KERNELS: kernels,
        WEIGHT_SEARCH_ALLOCATOR: allocator,
        OMP_NUM_THREADS: "1",
        LD_PRELOAD: runtimes(),
        ASAN_OPTIONS,
        UBSAN_OPTIONS: "print_stacktrace=1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr, hung] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    let [last, since] = [-1, performance.now()];
    const watch = setInterval(() => {
      const now = currentCall(first);
      if (now !== last) [last, since] = [now, performance.now()];
      hung = performance.now() - since > 1000 * MAX_SECONDS;
      if (hung) child.kill("SIGKILL");
    }, 1000);
    child.on("close", (status, signal) => {
      clearInterval(watch);
      if (only !== undefined) process.stderr.write(stderr);
      if (status === 0) {
        const counts = JSON.parse(stdout);
        for (const key of Object.keys(total)) total[key] += counts[key];
        if (counts.live !== 0) report(kernels, allocator, first, `${counts.live} tensors were left alive`);
        settle(first + counts.calls);
        return;
      }
      const call = currentCall(first);
      total.calls += call - first + 1;
      if (isRefusalOfLibtorch(stderr)) {
        settle(call + 1);
        return;
      }
      report(
        kernels,
        allocator,
        call,
        hung ? `took more than ${MAX_SECONDS} s` : `${signal ?? `exit code ${status}`}\n${stderr}`,
      );
      settle(call + 1);
    });
  });
}

/**
 * Whether LibTorch asked operator new for more memory than there is. AddressSanitizer's ends the process; any other
 * throws std::bad_alloc, which the addon turns into an Error. In a function of the addon it is a finding: those are
 * bounded.
 */
function isRefusalOfLibtorch(stderr) {
  return /allocator is out of memory[^\n]*\n\s*#0 [^\n]*operator new[^\n]*\n\s*#1 [^\n]*\(\S*lib(torch|c10)[^\n]*\)/.test(
    stderr,
  );
}

function report(kernels, allocator, call, what) {
  findings.push(call);
  const lines = what.split("\n");
  const begin = lines.findIndex((line) => /ERROR: |runtime error: |Error: /.test(line));
  console.log(
    `FINDING: npm run fuzz:native -- --seed ${seed} --call ${call} --kernels ${kernels} --allocator ${allocator}`,
  );
  for (const line of [lines[0], ...lines.slice(Math.max(1, begin), Math.max(1, begin) + 24)]) console.log(`  ${line}`);
}

/** The call that the child was making. */
function currentCall(first) {
  const text = existsSync(progress) ? readFileSync(progress, "utf8").trim() : "";
  return text === "" ? first : Number(text);
}

/** The sanitizers must come before all other libraries, and with them the C++ library whose exceptions they look at. */
function runtimes() {
  return ["libasan.so", "libubsan.so", "libstdc++.so"].map(libraryOfGcc).join(" ");
}

function libraryOfGcc(name) {
  const path = spawnSync("g++", [`-print-file-name=${name}`], { encoding: "utf8" }).stdout?.trim() ?? "";
  if (!path.includes("/")) fail(2, [`g++ has no ${name}: the sanitizers need GCC with its own (Debian: g++)`]);
  return path;
}

/** Builds build/sanitized/weight_search.node, or as much of it as has changed. */
async function build() {
  const { error, prefix } = findLibtorch();
  if (error) fail(2, error);
  mkdirSync(folder, { recursive: true });
  const before = performance.now();
  // Which CMake reads when it first configures the folder.
  process.env.CXX = "g++";
  const configure = ["-S", root, "-B", folder, "-DSANITIZE=ON", `-DLIBTORCH=${prefix}`];
  for (const args of [configure, ["--build", folder, `-j${availableParallelism()}`]]) {
    const { ok, output } = await run("cmake", args);
    if (!ok) fail(1, ["The sanitized addon did not build:", ...worthReading(output)]);
  }
  console.log(`build/sanitized is up to date (${((performance.now() - before) / 1000).toFixed(0)} s)`);
}

function options() {
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(
        ["calls", "minutes", "seed", "call", "kernels", "allocator"].map((name) => [name, { type: "string" }]),
      ),
    });
    for (const name of ["calls", "minutes", "seed", "call"]) {
      const text = values[name];
      const isRight =
        text === undefined || (Number(text) >= 0 && (name === "minutes" || Number.isInteger(Number(text))));
      if (!isRight || text === "") throw new Error(`--${name}: expected a number, found "${text}"`);
    }
    if (values.calls !== undefined && values.minutes !== undefined)
      throw new Error("--calls and --minutes exclude each other");
    const { call, kernels = "avx512", allocator = "system" } = values;
    return {
      seed: Number(values.seed ?? 1),
      calls: Number(values.calls ?? (values.minutes === undefined ? 20_000 : Number.POSITIVE_INFINITY)),
      milliseconds: Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000,
      only: call === undefined ? undefined : { call: Number(call), kernels, allocator },
    };
  } catch (error) {
    return fail(2, [error.message]);
  }
}

function fail(status, lines) {
  console.error(["fuzz:native:", ...lines].join(lines.length > 1 ? "\n" : " "));
  process.exit(status);
}
