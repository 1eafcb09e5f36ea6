import { isUserModule, loadUserModule } from "../system/user-module.js";
import { InputError, oneLine } from "../text/errors.js";
import { checkDataset, checkDefinition } from "./check-dataset.js";
import type { DatasetDefinition, OpenOptions } from "./definition.js";
import { datasetNamed } from "./registry.js";

/**
 * The data set of a name, or the one that a file exports: `mnist`, `./digits.js`.
 *
 * What a data set from a file opens is checked before it is used.
 *
 * @throws InputError for an unknown name; a file that is not there, cannot be imported or exports something else
 */
export async function loadDefinition(nameOrFile: string): Promise<DatasetDefinition> {
  if (!isUserModule(nameOrFile)) return datasetNamed(nameOrFile);
  const { value, file } = await loadUserModule(nameOrFile, "a data set");
  return checkedDefinition(value, file.path, file);
}

/**
 * A definition of the user's own, whose data are checked as it is opened.
 * @param where the file or the argument that it comes from, for messages
 * @throws InputError if it is none
 */
export function checkedDefinition(
  value: unknown,
  where: string,
  file: DatasetDefinition["file"] | null = null,
): DatasetDefinition {
  const definition = checkDefinition(value, where);
  const { name, files, transforms } = definition;
  return {
    name,
    ...(files !== undefined && { files }),
    ...(transforms !== undefined && { transforms }),
    ...(file && { file }),
    open: async (options) => ({ ...checkDataset(await opened(definition, options, where), where), name }),
    ...(definition.download && { download: async (directory, options) => definition.download?.(directory, options) }),
  };
}

/** What a definition opens; an error of the user's own code names the file, too. */
async function opened(definition: DatasetDefinition, options: OpenOptions, where: string): Promise<unknown> {
  try {
    return await definition.open(options);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError(`${where}: open: ${oneLine(message)}`, { cause: error });
  }
}
