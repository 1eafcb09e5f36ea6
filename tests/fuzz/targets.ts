import type { Target } from "./target.js";
import { archive } from "./targets/archive.js";
import { checkpointFile, checkpointManifest, resumedConfig } from "./targets/checkpoints.js";
import { cifarFolder, cifarPickle, pickle } from "./targets/cifar.js";
import { download } from "./targets/download.js";
import { idxFiles } from "./targets/idx.js";
import { imageFolder } from "./targets/image-folder.js";
import { images, jpeg } from "./targets/images.js";
import { jsonText, recipes, references, transforms, valueSets } from "./targets/json-files.js";
import { loadNetwork } from "./targets/load-network.js";
import { metricsJsonl, resultCsv, runConfig, runDirectory } from "./targets/run-files.js";
import { packedModels, safetensors } from "./targets/safetensors.js";
import { modelFiles, torchLegacy, torchZip, zipFiles } from "./targets/torch-files.js";

/** All parsers. */
export const targets: readonly Target[] = [
  ...[jsonText, recipes, references, transforms, valueSets],
  ...[runConfig, resultCsv, metricsJsonl, runDirectory],
  ...[checkpointManifest, checkpointFile, resumedConfig],
  ...[safetensors, packedModels, zipFiles, torchZip, torchLegacy, modelFiles, loadNetwork],
  ...[pickle, cifarPickle, cifarFolder, idxFiles, archive, download],
  ...[imageFolder, images, jpeg],
];
