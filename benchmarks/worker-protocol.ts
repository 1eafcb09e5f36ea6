// Workers compute in processes of their own; the harness lets one of them compute at a time. A command is a line of JSON
// on the worker's stdin, the answer a line on its stdout. Of the training step, `Settings` is answered by `Ready`,
// `{"steps": n}` by `Timings`; the other benchmarks have commands of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { MODES } from "./precision.js";

/** Sets a worker up to train on random data. */
export const settingsSchema = z.object({
  network: z.string(),
  batch: z.int(),
  /** Of the searched layers; `null` for a float network. */
  search: z.object({ values: z.array(z.number()).readonly(), mode: z.enum(MODES) }).nullable(),
  threads: z.int(),
  learningRate: z.number(),
});
export type Settings = z.infer<typeof settingsSchema>;

export const readySchema = z.object({ libtorch: z.string(), threads: z.int() });
export type Ready = z.infer<typeof readySchema>;

export const timingsSchema = z.object({
  seconds: z.array(z.number()),
  peakRssBytes: z.number(),
  /** Of the last step; `null` when it is not finite. */
  loss: z.number().nullable(),
});
export type Timings = z.infer<typeof timingsSchema>;

/** A worker's side: answers each line of stdin with `handle(command)`, or with `{"error"}`, until stdin ends. */
export async function serve(handle: (command: unknown) => object | Promise<object>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer: unknown;
    try {
      answer = await handle(JSON.parse(line));
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** The environment of every worker: idle threads sleep instead of spinning, and only the settings choose their number. */
function workerEnvironment(): NodeJS.ProcessEnv {
  const { OMP_NUM_THREADS: _threads, GOMP_SPINCOUNT: _spins, ...rest } = process.env;
  return { ...rest, OMP_WAIT_POLICY: "passive" };
}

/** The harness's side of one worker. */
export class Worker {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** @param name how errors call it */
  constructor(name: string, executable: string, args: readonly string[]) {
    this.#name = name;
    this.#process = spawn(executable, args, { env: workerEnvironment(), stdio: ["pipe", "pipe", "inherit"] });
    const { stdin, stdout } = this.#process;
    if (stdin === null || stdout === null) throw new Error(`${name}: has no pipes`);
    // A worker that dies is noticed by the end of its answers; these two would only say so a second time.
    this.#process.on("error", () => {});
    stdin.on("error", () => {});
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Sends a command and waits for its answer. */
  async request<Answer>(command: object, schema: z.ZodType<Answer>): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#name}: ended before it answered`);
    const answer: unknown = JSON.parse(value);
    const failure = z.object({ error: z.string() }).safeParse(answer);
    if (failure.success) throw new Error(`${this.#name}: ${failure.data.error}`);
    return schema.parse(answer);
  }

  /** Ends the worker and waits for that. */
  async close(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }
}
