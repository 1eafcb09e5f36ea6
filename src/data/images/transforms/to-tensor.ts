import { z } from "zod";
import { inplace, threeOf } from "./arguments.js";
import type { NamedDefinition } from "./definition.js";
import type { PerChannel } from "./normalization.js";

/** torchvision's ToTensor: bytes become byte / 255. */
export interface ToTensor {
  readonly name: "ToTensor";
}

/** torchvision's Normalize: (x − mean) / std of each channel. */
export interface Normalize {
  readonly name: "Normalize";
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

const toTensorArguments = z.strictObject({});

export const toTensor: NamedDefinition<ToTensor, typeof toTensorArguments.shape> = {
  name: "ToTensor",
  schema: toTensorArguments,
  resolve: () => ({ name: "ToTensor" }),
};

const normalizeArguments = z.strictObject({
  mean: z.array(z.number()).length(3).describe("a list of 3 numbers"),
  std: z.array(z.number().positive()).length(3).describe("a list of 3 numbers > 0"),
  inplace: inplace(),
});

export const normalize: NamedDefinition<Normalize, typeof normalizeArguments.shape> = {
  name: "Normalize",
  schema: normalizeArguments,
  resolve: ({ mean, std }) => ({ name: "Normalize", mean: threeOf(mean), std: threeOf(std) }),
};
