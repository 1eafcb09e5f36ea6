import { keyError } from "./key-error.js";
import { checkedFields, isRecorded, readRecordedKeys } from "./key-table.js";
import { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "./optim-keys.js";
import type { ValuesOf } from "./training-key.js";
import { TRAINING_KEYS, type TrainingConfig } from "./training-keys.js";

/** The run format in which groups of parameters came. */
const GROUPS_SINCE = 4;
/** The run format in which the choice of the optimizer came. */
const OPTIMIZER_SINCE = 6;

/**
 * Checks a training config as a run's `config.json` records it: under the names of `TrainingConfig`, no default left open. What runs of
 * an older format could not say has its default.
 * @throws InputError naming `source`, the key, what was expected and what was found
 */
export function parseRecordedTraining(json: unknown, source: string, formatVersion: number): TrainingConfig {
  const place = { source, prefix: "recipe." };
  const hasGroups = formatVersion >= GROUPS_SINCE;
  const known = [...recordedNames(TRAINING_KEYS, formatVersion), ...(hasGroups ? ["optim"] : [])];
  const fields = checkedFields(json, known, place);
  const values = readRecordedKeys(TRAINING_KEYS, fields, place, formatVersion);
  if (!hasGroups) return { ...values, optim: olderOptim(values) };
  const optim = fields.get("optim");
  if (optim === undefined) throw keyError(source, "recipe.optim", "an object", undefined);
  const hasOptimizer = formatVersion >= OPTIMIZER_SINCE;
  const optimPlace = { source, prefix: "recipe.optim." };
  const names = [...recordedNames(OPTIM_KEYS, formatVersion), ...(hasOptimizer ? ["norms"] : []), "logits"];
  const groups = checkedFields(optim, names, optimPlace);
  const group = <Keys extends typeof NORM_KEYS | typeof LOGIT_KEYS>(name: string, keys: Keys) => {
    const given = groups.get(name);
    if (given === undefined) throw keyError(source, `recipe.optim.${name}`, "an object", undefined);
    const groupPlace = { source, prefix: `recipe.optim.${name}.` };
    const groupFields = checkedFields(given, recordedNames(keys, formatVersion), groupPlace);
    return readRecordedKeys(keys, groupFields, groupPlace, formatVersion);
  };
  const logits = group("logits", LOGIT_KEYS);
  if (!hasOptimizer) return { ...values, optim: { ...olderOptim(values), logits } };
  const own = readRecordedKeys(OPTIM_KEYS, groups, optimPlace, formatVersion);
  return { ...values, optim: { ...own, norms: group("norms", NORM_KEYS), logits } };
}

/** What runs of formats did that recorded no optimizer. */
function olderOptim({ weightDecay, momentum }: ValuesOf<typeof TRAINING_KEYS>): TrainingConfig["optim"] {
  return {
    ...readRecordedKeys(OPTIM_KEYS, new Map(), { source: "", prefix: "" }, GROUPS_SINCE),
    norms: { lrScale: 1, weightDecay },
    logits: { lrScale: 1, lrUnit: "plain", weightDecay, momentum },
  };
}

function recordedNames(table: Parameters<typeof readRecordedKeys>[0], formatVersion: number): string[] {
  return Object.entries(table).flatMap(([name, key]) => (isRecorded(key, formatVersion) ? [name] : []));
}
