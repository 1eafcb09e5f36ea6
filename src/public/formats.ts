/**
 * Files: safetensors, and models packed to their bits.
 * @module
 */

export { packNetwork } from "../export/pack-network.js";
export { bitsPerIndex, MAX_VALUES, packedBytes, packWeights, unpackWeights } from "../formats/packed/bits.js";
export { type PackedModel, packModel, unpackModel } from "../formats/packed/packed-model.js";
export {
  encodeSafetensors,
  readSafetensors,
  type SafetensorsEntry,
  type SafetensorsFile,
  safetensorsSizeBytes,
  writeSafetensors,
} from "../formats/safetensors.js";
export { DTYPE_BYTES, type SafetensorsDtype, type TensorInfo } from "../formats/safetensors-header.js";
