import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";

/** Search statistics of one layer at the end of an epoch; numbers have six significant digits. */
export interface LayerStatistics {
  /** The layer's name in the network: `layer1.0.conv1`. */
  readonly layer: string;
  /** Number of weights. */
  readonly weights: number;
  /**
   * Mean entropy of p = softmax(a / t) at the epoch's temperature, without noise, ÷ ln K: 1 undecided, 0 decided. NaN
   * if any logit is.
   */
  readonly entropy: number;
  /**
   * Flip rate: the fraction of weights whose hard value differs from the end of the previous epoch, or before the first
   * step.
   */
  readonly changed: number;
  /**
   * The fraction of weights with each hard value, in the order of the value set; in a later stage, with each factor.
   */
  readonly histogram: readonly number[];
}

/** Maximum size of a value set. */
const MAX_VALUES = 256;

/** Parses the layers of an epoch. Throws InputError naming the layer's index in the list and the key. */
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
