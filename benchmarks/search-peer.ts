import { z } from "zod";
import { peerFile } from "./peer-file.js";
import type { Mode } from "./precision.js";
import { readySchema, Worker } from "./worker-protocol.js";

/** Sets peer/search_worker.py up; answered by `Ready`. `{"steps": n}` is answered by n times. */
interface SearchSettings {
  readonly weights: number;
  readonly values: readonly number[];
  readonly mode: Mode;
  readonly threads: number;
}

const answerSchema = z.object({ seconds: z.array(z.number()).length(1) });

/** The composition and `torch.optim.SGD` in a Python process of their own, as a user of PyTorch has them. */
export class SearchPeer {
  readonly #worker: Worker;

  constructor(executable: string) {
    this.#worker = new Worker("peer", executable, ["-B", peerFile("search_worker.py")]);
  }

  async setUp(settings: SearchSettings): Promise<void> {
    await this.#worker.request(settings, readySchema);
  }

  /** Takes one step: its seconds. */
  async step(): Promise<number> {
    const { seconds } = await this.#worker.request({ steps: 1 }, answerSchema);
    return seconds[0] ?? Number.NaN;
  }

  /** Ends the process and waits for that. */
  async close(): Promise<void> {
    await this.#worker.close();
  }
}
