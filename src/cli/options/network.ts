import { type NetworkFamily, networks } from "../../models/registry.js";
import { InputError } from "../../text/errors.js";
import { didYouMean } from "../../text/suggest.js";

/** The network that `-a/--arch` names. Throws InputError, with the nearest name, when there is none. */
export function networkFamily(arch: string): NetworkFamily {
  const family = networks.get(arch);
  if (family !== undefined) return family;
  const names = [...networks.keys()];
  throw new InputError(
    `option -a/--arch: expected one of ${names.join(", ")}, received "${arch}"${didYouMean(arch, names)}`,
  );
}
