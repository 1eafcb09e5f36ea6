import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";

/** How far the search of one layer had come at the end of an epoch; numbers have six significant digits. */
export interface LayerStatistics {
  /** The layer's name in the network: `layer1.0.conv1`. */
  readonly layer: string;
  /** How many weights it has. */
  readonly weights: number;
  /** Mean entropy of p = softmax(a / t) at the epoch's temperature, without noise, ÷ ln K: 1 undecided, 0 decided. NaN where a logit is. */
  readonly entropy: number;
  /** The share of weights whose best value is not the one that it was at the end of the epoch before, or before the first step. */
  readonly changed: number;
  /** The share of weights that have each value as their best, in the order of the value set; of a stage that refines, each factor. */
  readonly histogram: readonly number[];
}

/** A searched weight has at most so many values to choose from. */
const MAX_VALUES = 256;

/** Takes the layers of an epoch out of their JSON. Throws InputError naming the layer's place in the list and the key. */
export function parseLayerStatistics(list: readonly unknown[], where: string): LayerStatistics[] {
  const names = new Set<string>();
  return list.map((value, index) => {
    const place = `${where}[${index}]`;
    const fields = new JsonFields(value, place);
    const layer = fields.string("layer");
    if (names.has(layer))
      throw new InputError(`${place}: layer: expected each layer once, found ${found(layer)} twice`);
    names.add(layer);
    return {
      layer,
      weights: fields.integer("weights", 1),
      entropy: fields.fraction("entropy"),
      changed: fields.between("changed", 0, 1),
      histogram: fields.shares("histogram", 2, MAX_VALUES),
    };
  });
}
