import { checkSchedule, learningRate, noiseScaleOf, temperatureOf } from "../config/schedule.js";
import type { TrainingConfig } from "../config/training-keys.js";
import { isMixedEpoch } from "../data/batch-transforms/batch-mix.js";
import type { Lengthening } from "../run/lengthening.js";
import type { RunProgress } from "../run/progress.js";
import type { RunSettings } from "../run/settings.js";
import { InputError } from "../text/errors.js";
import type { Note } from "./options.js";

/** Batches of an epoch, as far as schedules are compared at its first and last one: how many there are is not known before the data are. */
const BATCHES = 1000;

/**
 * The training config of a run that is resumed for another number of epochs. From the place where it is resumed, learning rate, temperature
 * and noise scale are those of a run of that length there; soft epochs stay those they were. Where the epochs trained so far are
 * those of that run too, the result is bit-exact the same as if it had been planned so from its beginning; where they are not, a note says
 * what changes.
 * @param epochs `undefined`, or the number that the run has: nothing changes
 * @throws InputError for fewer epochs than the run has trained, and for a schedule that does not fit into them
 */
export function lengthen(
  { recipe, search, transforms }: RunSettings,
  progress: RunProgress,
  epochs: number | undefined,
  { directory, note }: { readonly directory: string; readonly note: Note },
): { readonly recipe: TrainingConfig; readonly lengthening: Lengthening | null } {
  if (epochs === undefined || epochs === recipe.epochs) return { recipe, lengthening: null };
  const [done, batch] = [progress.epochs.length, progress.pass?.batch ?? 0];
  if (epochs <= done) {
    throw new InputError(
      `\`epochs\`: expected more than the ${done} that ${directory} has trained, received ${epochs}`,
    );
  }
  const longer = { ...recipe, epochs };
  checkSchedule(longer, `${directory}, with \`epochs\``);
  const changes = scheduleChanges(recipe, longer, { search, transforms }, batch > 0 ? done + 1 : done);
  note(`\`epochs\` ${epochs} instead of ${recipe.epochs}: ${changesText(changes, epochs, done)}`);
  const changesSchedule = changes.length > 0;
  const at = new Date().toISOString();
  return { recipe: longer, lengthening: { from: recipe.epochs, to: epochs, epochs: done, batch, changesSchedule, at } };
}

/** A value of the schedule that the epochs trained so far had otherwise, with what it was last and what it is next. */
interface ScheduleChange {
  readonly name: string;
  readonly last: number;
  readonly next: number;
}

function scheduleChanges(
  before: TrainingConfig,
  after: TrainingConfig,
  { search, transforms }: Pick<RunSettings, "search" | "transforms">,
  begun: number,
): readonly ScheduleChange[] {
  const mix = transforms?.batch;
  const values: readonly (readonly [string, (config: TrainingConfig, epoch: number, batch: number) => number])[] = [
    ["learning rate", (config, epoch, batch) => learningRate(config, BATCHES, epoch, batch)],
    ...(search !== null
      ? ([
          ["temperature", temperatureOf],
          ["noise scale", noiseScaleOf],
        ] as const)
      : []),
    ...(mix !== undefined
      ? ([
          [
            "share of mixed batches",
            (config: TrainingConfig, epoch: number) => (isMixedEpoch(mix, config.epochs, epoch) ? 1 : 0),
          ],
        ] as const)
      : []),
  ];
  const trained = Array.from({ length: begun }, (_, epoch) => epoch);
  return values.flatMap(([name, at]) => {
    const isSame = (epoch: number, batch: number) => at(before, epoch, batch) === at(after, epoch, batch);
    if (trained.every((epoch) => isSame(epoch, 0) && isSame(epoch, BATCHES - 1))) return [];
    const next = Math.min(begun, after.epochs - 1);
    return [{ name, last: at(before, begun - 1, BATCHES - 1), next: at(after, next, 0) }];
  });
}

function changesText(changes: readonly ScheduleChange[], epochs: number, done: number): string {
  if (changes.length === 0) return `the epochs so far are those of a run of ${epochs} epochs`;
  const short = (value: number) => Number(value.toPrecision(3));
  const list = changes.map(({ name, last, next }) => `${name} ${short(last)}, then ${short(next)}`);
  return (
    `from epoch ${done + 1} on the schedule is that of ${epochs} epochs (${list.join("; ")}); ` +
    `a run of ${epochs} epochs from its beginning would have had other values before`
  );
}
