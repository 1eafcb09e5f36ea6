import { keyError, unknownKeyError } from "../config/key-error.js";
import { OWN_OPTIMIZER } from "../config/optim-keys.js";
import type { TrainingConfig } from "../config/training-keys.js";
import { type OptimizerDefinition, optionKind } from "../optim/definition.js";
import { InputError } from "../text/errors.js";

/**
 * The config of an optimizer with the defaults of its own options filled in.
 * @param definition the one that was given; missing: the config names one that is built in
 * @throws InputError naming `source` and the option that there is none of, or that has another value, and where a config is for an
 * optimizer that was not given
 */
export function withOptions(
  optim: TrainingConfig["optim"],
  definition: OptimizerDefinition | undefined,
  source: string,
): TrainingConfig["optim"] {
  if (definition === undefined && optim.name === OWN_OPTIMIZER) {
    throw new InputError(`${source}: key "optim.name": expected \`optimizer\` with it, the file of the optimizer`);
  }
  const { schema = {} } = definition ?? {};
  const place = { source, prefix: "optim.options." };
  const unknown = Object.keys(optim.options).find((name) => !Object.hasOwn(schema, name));
  if (unknown !== undefined) throw unknownKeyError(place, unknown, Object.keys(schema));
  const options = Object.entries(schema).map(([name, option]) => {
    const value = optim.options[name] ?? option.default;
    const kind = optionKind(option);
    if (!kind.is(value)) throw keyError(source, `${place.prefix}${name}`, kind.expected, value);
    return [name, value] as const;
  });
  return { ...optim, options: Object.fromEntries(options) };
}
