/**
 * The networks, by name and by class, and how a search or quantized activations are spread over their layers.
 * @module
 */

export { type ActivationPolicy, activationPolicy, areBinary, quantizerAt } from "../models/activation-policy.js";
export { Mlp, type MlpOptions } from "../models/mlp.js";
export { MobileNetV2, type MobileNetV2Options } from "../models/mobilenet.js";
export type { ImageSizes, NetworkDefinition, NetworkFamily, NetworkOptions } from "../models/network.js";
export { checkActivationBits, checkImageSize, networkFamily, networks } from "../models/registry.js";
export { ResNet, type ResNetOptions } from "../models/resnet.js";
export { ResNetCifar, type ResNetCifarOptions } from "../models/resnet-cifar.js";
export { type Position, type SearchPolicy, valuesAt } from "../models/search-policy.js";
export { VggSmall, type VggSmallOptions } from "../models/vgg-small.js";
export {
  VisionTransformer,
  type VisionTransformerOptions,
  type VisionTransformerSizes,
} from "../models/vision-transformer.js";
