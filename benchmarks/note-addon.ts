// Loaded before a command (`node --import`): says, on file descriptor 3, that the command loaded the native addon.
import { writeSync } from "node:fs";

const { dlopen } = process;
process.dlopen = (module: object, filename: string, ...rest: [flags?: number]) => {
  if (filename.endsWith("weight_search.node")) writeSync(3, "addon\n");
  // The real one takes only the flags that it is given: undefined would be none.
  return Reflect.apply(dlopen, process, [module, filename, ...rest]);
};
