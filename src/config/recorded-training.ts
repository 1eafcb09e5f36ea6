import { keyError } from "./key-error.js";
import { checkedFields, isRecorded, readRecordedKeys } from "./key-table.js";
import { LOGIT_KEYS, TRAINING_KEYS, type TrainingConfig } from "./training-keys.js";

/** The run format in which groups of parameters came. */
const GROUPS_SINCE = 4;

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
  if (!hasGroups) {
    const { weightDecay, momentum } = values;
    return { ...values, optim: { logits: { lrScale: 1, lrUnit: "plain", weightDecay, momentum } } };
  }
  const optim = fields.get("optim");
  if (optim === undefined) throw keyError(source, "recipe.optim", "an object", undefined);
  const groups = checkedFields(optim, ["logits"], { source, prefix: "recipe.optim." });
  const logits = groups.get("logits");
  if (logits === undefined) throw keyError(source, "recipe.optim.logits", "an object", undefined);
  const logitPlace = { source, prefix: "recipe.optim.logits." };
  const logitFields = checkedFields(logits, recordedNames(LOGIT_KEYS, formatVersion), logitPlace);
  return { ...values, optim: { logits: readRecordedKeys(LOGIT_KEYS, logitFields, logitPlace, formatVersion) } };
}

function recordedNames(table: Parameters<typeof readRecordedKeys>[0], formatVersion: number): string[] {
  return Object.entries(table).flatMap(([name, key]) => (isRecorded(key, formatVersion) ? [name] : []));
}
