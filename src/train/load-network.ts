import { familyOf, type NetworkDefinition, type NetworkFamily } from "../models/network.js";
import { networkFamily } from "../models/registry.js";
import { Module } from "../nn/module.js";
import { isUserModule, loadUserModule, type UserFile } from "../system/user-module.js";
import { zeros } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { describeValue } from "../text/describe.js";
import { InputError, oneLine } from "../text/errors.js";
import { noteChange } from "./changed-file.js";
import type { Note } from "./options.js";

/** A network that was found by its name, in a file, or given. */
export interface Network {
  readonly arch: string;
  readonly family: NetworkFamily;
  /** The file that defines it; `null` for one that is built in or was given. */
  readonly file: UserFile | null;
}

const KEYS = new Set<string>([
  ...["name", "build", "imageSize", "madeFor", "defaultConfig", "memoryFormat", "weightScale"],
  ...["quantizesActivations", "noBinaryActivations"],
]);

/**
 * Finds a network: by its name, in a file (`./net.js`), or as it was given.
 * @throws InputError for a name that there is none of, and for a file or a definition that is not one of a network
 */
export async function loadNetwork(given: string | NetworkDefinition): Promise<Network> {
  if (typeof given !== "string") return define(given, "`network`", null);
  if (!isUserModule(given)) return { arch: given, family: networkFamily(given), file: null };
  const { value, file } = await loadUserModule(given, "a network");
  return define(value, file.path, file);
}

/**
 * Finds the network of a run that was recorded, and says so if its file has changed since.
 * @throws InputError as `loadNetwork`, also if the file is no longer there
 */
export async function recordedNetwork(arch: string, recorded: UserFile | null, note: Note): Promise<Network> {
  if (recorded === null) return { arch, family: networkFamily(arch), file: null };
  const network = await loadNetwork(recorded.path);
  noteChange(recorded, network.file, note);
  return { ...network, arch, file: recorded };
}

function define(value: unknown, source: string, file: UserFile | null): Network {
  const definition = checkDefinition(value, source);
  const { build } = definition;
  const family = familyOf({ ...definition, build: (options) => built(() => build(options), options, source) });
  return { arch: definition.name, family, file };
}

/** Throws InputError unless a value defines a network. */
function checkDefinition(value: unknown, source: string): NetworkDefinition {
  const expected = `${source}: expected a network, an object with name and build(options)`;
  if (typeof value !== "object" || value === null) {
    throw new InputError(`${expected}, found ${typeof value === "function" ? "a function" : describeValue(value)}`);
  }
  const { name, build } = value as Partial<NetworkDefinition>;
  if (typeof name !== "string" || !/^[\w.-]{1,64}$/.test(name)) {
    throw new InputError(
      `${source}: name: expected up to 64 letters, digits, _, . and -, found ${describeValue(name)}`,
    );
  }
  if (typeof build !== "function") {
    throw new InputError(`${source}: build: expected a function that returns a module, found ${describeValue(build)}`);
  }
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    throw new InputError(`${source}: expected only the keys ${[...KEYS].join(", ")}, found ${describeValue(unknown)}`);
  }
  return value as NetworkDefinition;
}

/** Builds a network of one's own, and checks what it returns and computes. Throws InputError. */
function built(build: () => unknown, options: Parameters<NetworkFamily["build"]>[0], source: string): Module {
  const module = naming(`${source}: build`, build);
  if (!(module instanceof Module)) {
    throw new InputError(
      `${source}: build: expected a Module of this weight-search, found ${
        typeof module === "object" && module !== null
          ? `an object of class ${module.constructor?.name}`
          : describeValue(module)
      }`,
    );
  }
  const { channels = 3, imageSize = [32, 32], numClasses } = options;
  const shape = [2, channels, ...imageSize];
  const found = naming(`${source}: forward of images [${shape}]`, () =>
    scope(() => module.forward(zeros(shape), "eval").shape),
  );
  if (String(found) !== String([2, numClasses])) {
    throw new InputError(
      `${source}: forward: expected logits [2,${numClasses}] for images [${shape}], found [${found}]`,
    );
  }
  return module;
}

/** Says of an error in a user's code where it was thrown. */
function naming<Result>(where: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError(`${where}: ${oneLine(message)}`, { cause: error });
  }
}
