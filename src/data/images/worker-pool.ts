import { Worker } from "node:worker_threads";
import { InputError } from "../../errors.js";
import type { ImageTransforms } from "./transforms/transform.js";
import type { ImageResult, ImageTask, WorkerMessage } from "./worker-protocol.js";

interface Pending {
  readonly worker: PooledWorker;
  readonly settle: (result: ImageResult) => void;
  readonly fail: (error: Error) => void;
}

interface PooledWorker {
  readonly thread: Worker;
  /** Pictures given to it and not come back. */
  load: number;
}

/** Threads that prepare pictures. A task goes to the least loaded one at once: the training thread may not be back soon. */
export class ImageWorkerPool {
  readonly #workers: readonly PooledWorker[];
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(threads: number, transforms: ImageTransforms) {
    this.#workers = Array.from({ length: threads }, () => this.#start(transforms));
  }

  /** Has some pictures prepared. Rejects with InputError for a picture that does not suit the transforms. */
  run(task: Omit<ImageTask, "id">): Promise<ImageResult> {
    const worker = this.#workers.reduce((least, other) => (other.load < least.load ? other : least));
    const id = ++this.#lastId;
    worker.load += task.pictures.length;
    return new Promise((settle, fail) => {
      this.#pending.set(id, { worker, settle, fail });
      worker.thread.postMessage({ ...task, id } satisfies ImageTask);
    });
  }

  /** Ends the threads; what is still pending is never settled. */
  async close(): Promise<void> {
    this.#pending.clear();
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }

  #start(transforms: ImageTransforms): PooledWorker {
    const thread = new Worker(new URL("./worker.js", import.meta.url), { workerData: transforms });
    const worker = { thread, load: 0 };
    // A run that has ended does not wait for its workers.
    thread.unref();
    thread.on("message", (message: WorkerMessage) => this.#settle(message));
    thread.on("error", (error) => this.#failAll(worker, error));
    return worker;
  }

  #settle(message: WorkerMessage): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    this.#pending.delete(message.id);
    if ("failure" in message) {
      const { failure, isInput } = message;
      pending.fail(isInput ? new InputError(failure) : new Error(`an image worker failed: ${failure}`));
      return;
    }
    pending.worker.load -= message.read.length + message.problems.length;
    pending.settle(message);
  }

  #failAll(worker: PooledWorker, error: unknown): void {
    for (const [id, pending] of this.#pending) {
      if (pending.worker !== worker) continue;
      this.#pending.delete(id);
      pending.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
