import { OWN_OPTIMIZER } from "../config/optim-keys.js";
import { type OptimizerDefinition, optionKind } from "../optim/definition.js";
import { optimizerNamed, optimizerNames } from "../optim/registry.js";
import type { OwnPart, RunSettings } from "../run/settings.js";
import { isUserModule, loadUserModule, type UserFile } from "../system/user-module.js";
import { Tensor } from "../tensor/tensor.js";
import { describeValue, quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { noteChange } from "./changed-file.js";
import type { LossFunction } from "./loss-function.js";
import type { Note } from "./options.js";

/** An optimizer and a loss function that were given; missing: as the training config says, and cross-entropy. */
export interface OwnParts {
  readonly optimizer?: { readonly definition: OptimizerDefinition; readonly own: OwnPart | null };
  readonly loss?: { readonly compute: LossFunction; readonly own: OwnPart };
}

const NAME = /^[\w.-]{1,64}$/;

/** What options of `train` give of one's own. */
export interface GivenParts {
  readonly optimizer: string | OptimizerDefinition | undefined;
  readonly loss: string | LossFunction | undefined;
}

/**
 * Loads what was given: by name, from a file (`./lion.js`), or as it is.
 * @throws InputError for a name that there is none of, and for a file or an object of another kind
 */
export async function loadOwnParts({ optimizer, loss }: GivenParts): Promise<OwnParts> {
  return {
    ...(optimizer !== undefined && { optimizer: await loadOptimizer(optimizer) }),
    ...(loss !== undefined && { loss: await loadLoss(loss) }),
  };
}

/**
 * What a run that is resumed was trained with: from its files, which may have changed since, or as the script gives it.
 * @throws InputError where a script gave it that does not do so now, or gives another one
 */
export async function recordedParts(
  { ownOptimizer, ownLoss }: Pick<RunSettings, "ownOptimizer" | "ownLoss">,
  given: OwnParts,
  directory: string,
  note: Note,
): Promise<OwnParts> {
  const load = async <Part extends { readonly own: OwnPart | null }>(
    option: "optimizer" | "loss",
    recorded: OwnPart | null,
    now: Part | undefined,
    read: (path: string) => Promise<Part>,
  ): Promise<Part | undefined> => {
    const part = now ?? (recorded?.file ? await read(recorded.file.path) : undefined);
    if (recorded?.name !== part?.own?.name) {
      const text = (own: OwnPart | null | undefined) => own?.name ?? "none";
      throw new InputError(
        `\`${option}\`: expected ${text(recorded)}, with which ${directory} began, found ${text(part?.own)}`,
      );
    }
    if (recorded?.file) noteChange(recorded.file, part?.own?.file ?? null, note);
    return part;
  };
  const optimizer = await load("optimizer", ownOptimizer, given.optimizer, loadOptimizer);
  const loss = await load("loss", ownLoss, given.loss, loadLoss);
  return { ...(optimizer !== undefined && { optimizer }), ...(loss !== undefined && { loss }) };
}

async function loadOptimizer(given: string | OptimizerDefinition): Promise<NonNullable<OwnParts["optimizer"]>> {
  if (typeof given !== "string") return ownOptimizer(given, "`optimizer`", null);
  const definition = optimizerNamed(given);
  if (definition !== undefined) return { definition, own: null };
  if (!isUserModule(given)) {
    throw new InputError(
      `\`optimizer\`: expected one of ${optimizerNames.join(", ")}, or a file such as ./lion.js, received ${quote(given)}` +
        didYouMean(given, optimizerNames),
    );
  }
  const { value, file } = await loadUserModule(given, "an optimizer");
  return ownOptimizer(value, file.path, file);
}

function ownOptimizer(value: unknown, source: string, file: UserFile | null): NonNullable<OwnParts["optimizer"]> {
  if (typeof value !== "object" || value === null) {
    throw new InputError(
      `${source}: expected an optimizer, an object with name and create(parts), found ${kindOf(value)}`,
    );
  }
  const { name, create, schema = {}, ...rest } = value as Partial<OptimizerDefinition>;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) {
    throw new InputError(`${source}: expected only the keys name, schema and create, found ${describeValue(unknown)}`);
  }
  const named = checkedName(name, source);
  if (optimizerNamed(named) !== undefined) {
    throw new InputError(`${source}: name: expected another one than the built-in ${named}`);
  }
  if (typeof create !== "function") {
    throw new InputError(`${source}: create: expected a function that returns an optimizer, found ${kindOf(create)}`);
  }
  checkSchema(schema, source);
  return { definition: value as OptimizerDefinition, own: { name: named, file } };
}

function checkSchema(schema: unknown, source: string): void {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new InputError(`${source}: schema: expected an object of options, found ${kindOf(schema)}`);
  }
  for (const [name, option] of Object.entries(schema)) {
    const value: unknown = (option as { default?: unknown } | null)?.default;
    if (!["number", "boolean", "string"].includes(typeof value) || !optionKind(option).is(value)) {
      const expected = "a default that is a number, true, false or a text, and within its own bounds";
      throw new InputError(`${source}: schema: ${name}: expected ${expected}, found ${describeValue(value)}`);
    }
  }
}

async function loadLoss(given: string | LossFunction): Promise<NonNullable<OwnParts["loss"]>> {
  if (typeof given !== "string") return ownLoss(given, "`loss`", null);
  if (!isUserModule(given)) {
    throw new InputError(`\`loss\`: expected a file such as ./focal-loss.js, or a function, received ${quote(given)}`);
  }
  const { value, file } = await loadUserModule(given, "a loss function");
  return ownLoss(value, file.path, file);
}

function ownLoss(value: unknown, source: string, file: UserFile | null): NonNullable<OwnParts["loss"]> {
  if (typeof value !== "function") {
    throw new InputError(`${source}: expected a loss function of logits and target, found ${kindOf(value)}`);
  }
  const compute: LossFunction = (logits, target, context) => {
    const loss: unknown = value(logits, target, context);
    if (loss instanceof Tensor && loss.shape.length === 0) return loss;
    const found = loss instanceof Tensor ? `one of shape [${loss.shape}]` : kindOf(loss);
    throw new InputError(
      `${source}: expected the loss as a tensor of shape [], the mean over the batch, found ${found}`,
    );
  };
  // A function without a name is known as what it is.
  return { compute, own: { name: NAME.test(value.name) ? value.name : "loss", file } };
}

function checkedName(name: unknown, source: string): string {
  if (typeof name === "string" && NAME.test(name) && name !== OWN_OPTIMIZER) return name;
  throw new InputError(`${source}: name: expected up to 64 letters, digits, _, . and -, found ${describeValue(name)}`);
}

function kindOf(value: unknown): string {
  return typeof value === "function" ? "a function" : describeValue(value);
}
