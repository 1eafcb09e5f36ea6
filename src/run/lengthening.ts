import { JsonFields } from "../text/json-fields.js";

/** A change of a run's number of epochs when it was resumed, as `config.json` lists them under `lengthened`. */
export interface Lengthening {
  /** The planned epochs before and since. */
  readonly from: number;
  readonly to: number;
  /** Epochs, and batches of the next one, that were trained by then. */
  readonly epochs: number;
  readonly batch: number;
  /** Whether these epochs would have been trained otherwise, had the run been planned for `to` epochs from its beginning. */
  readonly changesSchedule: boolean;
  /** An ISO date. */
  readonly at: string;
}

/** The key in `config.json`; missing in a run whose number of epochs never changed. */
const KEY = "lengthened";

/** How a run was lengthened, in order. Throws InputError naming the key. */
export function parseLengthenings(fields: JsonFields): readonly Lengthening[] {
  if (!fields.has(KEY)) return [];
  const entries = fields.list(KEY).map((each, index) => new JsonFields(each, `${fields.where}: ${KEY}[${index}]`));
  return entries.map((each) => ({
    from: each.integer("from", 1),
    to: each.integer("to", 1),
    epochs: each.integer("epochs", 0),
    batch: each.integer("batch", 0),
    changesSchedule: each.boolean("changesSchedule"),
    at: each.string("at"),
  }));
}

/** What `config.json` says of a run, with another number of epochs from now on. */
export function lengthenedConfig(
  config: Readonly<Record<string, unknown>>,
  added: Lengthening,
): Readonly<Record<string, unknown>> {
  const before = (config[KEY] as readonly unknown[] | undefined) ?? [];
  return { ...config, recipe: { ...(config["recipe"] as object), epochs: added.to }, [KEY]: [...before, added] };
}
