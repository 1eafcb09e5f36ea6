import type { EvaluateFlags } from "../cli/commands/evaluate.js";
import { activationPolicy } from "../cli/options/search.js";
import type { ActivationPolicy } from "../models/activation-policy.js";
import type { ModelFile } from "../nn/files/read-model.js";
import { MAX_ACTIVATION_BITS, type RunConfig } from "../run/config.js";
import { shortened } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import type { TrainSettings } from "./settings.js";

/** Metadata of a model with quantized activations: their bits, and whether what goes into its last layer is quantized. */
const BITS = "activation_bits";
const LAST_LAYER = "activation_last_layer";

/** What a model's file says of its activations besides its tensors; nothing where they are float. */
export function activationMetadata({ activationBits, search }: TrainSettings): Record<string, string> {
  const policy = activationPolicy(activationBits, search);
  return policy === null ? {} : { [BITS]: String(policy.bits), [LAST_LAYER]: String(policy.lastLayer) };
}

/**
 * How a model's activations are quantized: as the flags say, else as the model's file says, else the run it lies in.
 * @throws InputError naming the file for metadata of no such kind, and for flags that do not go together
 */
export function activationsOf(
  { activationBits, quantizeLastLayer }: EvaluateFlags,
  config: RunConfig | null,
  { path, metadata }: ModelFile,
): ActivationPolicy | null {
  const recorded = fromMetadata(metadata, path) ?? fromRun(config);
  const bits = activationBits ?? recorded?.bits;
  if (bits !== undefined) return { bits, lastLayer: quantizeLastLayer ?? recorded?.lastLayer ?? false };
  if (!quantizeLastLayer) return null;
  throw new InputError(
    "option --quantize-last-layer says which activations are quantized: expected --activation-bits with it",
  );
}

function fromMetadata(metadata: ModelFile["metadata"], path: string): ActivationPolicy | null {
  const [bits, lastLayer] = [metadata[BITS], metadata[LAST_LAYER]];
  if (bits === undefined) return null;
  const number = /^\d$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(number >= 1 && number <= MAX_ACTIVATION_BITS)) {
    throw new InputError(`${path}: metadata: ${BITS}: expected 1 to ${MAX_ACTIVATION_BITS}, found ${shortened(bits)}`);
  }
  if (lastLayer !== undefined && lastLayer !== "true" && lastLayer !== "false") {
    throw new InputError(`${path}: metadata: ${LAST_LAYER}: expected true or false, found ${shortened(lastLayer)}`);
  }
  return { bits: number, lastLayer: lastLayer === "true" };
}

function fromRun(config: RunConfig | null): ActivationPolicy | null {
  return config && activationPolicy(config.activationBits, config.search);
}
