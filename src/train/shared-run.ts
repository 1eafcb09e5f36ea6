import type { ProcessGroup } from "../distributed/process-group.js";
import { shareText } from "../distributed/share-text.js";
import type { Checkpoint } from "../run/checkpoint-file.js";
import { parseProgress, type RunProgress } from "../run/progress.js";
import { jsonText } from "../text/json.js";
import { JsonFields } from "../text/json-fields.js";
import { shareTrained, type Trained } from "./checkpoint.js";
import type { DivergedError } from "./divergence.js";
import type { Checkpointing } from "./fit.js";
import { type OpenRun, overruled } from "./open-run.js";
import type { TrainFlags } from "./settings.js";

/** What the others need to know of a run that rank 0 opened to go on with. */
type SharedRun = Omit<OpenRun, "unlock" | "checkpoint" | "versions">;

/**
 * The run that rank 0 opened to go on with, on every process; to be called by all. The others hold neither its lock nor the tensors of
 * its checkpoint, which are sent when there is a network to put them into.
 * @param opened what rank 0 opened, `null` when a run begins; what the others give is not looked at
 */
export function shareOpenRun(group: ProcessGroup, opened: OpenRun | null, flags: TrainFlags): OpenRun | null {
  const text = shareText(group, opened === null ? "null" : openRunText(opened));
  if (group.isLeader) return opened;
  const parsed = JSON.parse(text) as (SharedRun & { readonly progress: unknown }) | null;
  if (parsed === null) return null;
  const { progress, ...run } = parsed;
  const checkpoint = { progress: readProgress(progress), tensors: new Map(), path: "rank 0's checkpoint", damaged: [] };
  return { ...run, settings: overruled(run.settings, flags), checkpoint, versions: new Map(), unlock: () => undefined };
}

function openRunText({ unlock: _, checkpoint, versions: __, ...run }: OpenRun): string {
  return jsonText({ ...run, progress: checkpoint.progress });
}

function readProgress(value: unknown): RunProgress {
  return parseProgress(new JsonFields(value, "rank 0's progress"), "rank 0's progress");
}

/** Checkpoints of a run that several processes train: rank 0 writes them, and all go back to them together. */
export class SharedCheckpoints implements Checkpointing {
  readonly #group: ProcessGroup;
  readonly #own: Checkpointing | null;
  readonly #trained: Trained;

  /** @param own rank 0's; `null` on the others */
  constructor(group: ProcessGroup, own: Checkpointing | null, trained: Trained) {
    this.#group = group;
    this.#own = own;
    this.#trained = trained;
  }

  isDue(): boolean {
    return this.#own?.isDue() ?? false;
  }

  write(checkpoint: Checkpoint): void {
    this.#own?.write(checkpoint);
  }

  goBack(because: DivergedError): RunProgress {
    const own = this.#own?.goBack(because) ?? null;
    const text = shareText(this.#group, jsonText(own));
    shareTrained(this.#group, this.#trained);
    return own ?? readProgress(JSON.parse(text));
  }
}
