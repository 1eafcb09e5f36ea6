import { Worker } from "node:worker_threads";
import { InputError } from "../../text/errors.js";
import type { ImageTransforms } from "./transforms/transform.js";
import type { ImageResult, ImageTask, WorkerMessage } from "./worker-protocol.js";

interface Pending {
  readonly worker: PooledWorker;
  readonly images: number;
  readonly settle: (result: ImageResult) => void;
  readonly fail: (error: Error) => void;
}

interface PooledWorker {
  readonly thread: Worker;
  /** Images of its pending tasks. */
  load: number;
}

const WORKER = new URL("./worker.js", import.meta.url);

/**
 * Threads that prepare images. A task is sent to the least loaded one at once: the training thread may be busy for a
 * while. Pending tasks keep the process alive, idle threads do not.
 */
export class ImageWorkerPool {
  readonly #workers: readonly PooledWorker[];
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  /** Why no more tasks are accepted: the pool was closed, or a thread ended unexpectedly. */
  #ended: Error | null = null;

  /** @param entry the module that each thread runs, which answers an `ImageTask` with a `WorkerMessage` */
  constructor(threads: number, transforms: ImageTransforms, entry: URL = WORKER) {
    this.#workers = Array.from({ length: threads }, () => this.#start(transforms, entry));
  }

  /**
   * Prepares some images. Rejects with InputError for an image that does not fit the transforms, with another Error if
   * a thread fails or the pool is closed.
   */
  async run(task: Omit<ImageTask, "id">): Promise<ImageResult> {
    if (this.#ended !== null) throw this.#ended;
    const worker = this.#workers.reduce((least, other) => (other.load < least.load ? other : least));
    const id = ++this.#lastId;
    const images = task.images.length;
    worker.thread.postMessage({ ...task, id } satisfies ImageTask);
    worker.thread.ref();
    worker.load += images;
    return new Promise((settle, fail) => {
      this.#pending.set(id, { worker, images, settle, fail });
    });
  }

  /** Ends the threads and rejects pending tasks. */
  async close(): Promise<void> {
    this.#end(new Error("the image workers were closed"));
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }

  #start(transforms: ImageTransforms, entry: URL): PooledWorker {
    const thread = new Worker(entry, { workerData: transforms });
    thread.on("message", (message: WorkerMessage) => this.#settle(message));
    thread.on("error", (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    thread.on("exit", (code) => this.#end(new Error(`an image worker ended with exit code ${code}`)));
    // After `on`, which refs the thread again.
    thread.unref();
    return { thread, load: 0 };
  }

  #settle(message: WorkerMessage): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    this.#pending.delete(message.id);
    const { worker, images } = pending;
    worker.load -= images;
    if (worker.load === 0) worker.thread.unref();
    if ("failure" in message) {
      const { failure, isInput } = message;
      pending.fail(isInput ? new InputError(failure) : new Error(`an image worker failed: ${failure}`));
    } else pending.settle(message);
  }

  /** Fails every pending and future task: with a thread missing, the order of batches could not be kept. */
  #end(reason: Error): void {
    this.#ended ??= reason;
    for (const { fail } of this.#pending.values()) fail(this.#ended);
    this.#pending.clear();
  }
}
