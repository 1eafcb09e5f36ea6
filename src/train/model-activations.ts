import { type ActivationPolicy, activationPolicy } from "../models/activation-policy.js";
import type { ModelFile } from "../nn/files/read-model.js";
import type { RunConfig } from "../run/config.js";
import { MAX_ACTIVATION_BITS } from "../run/limits.js";
import { shortened } from "../text/describe.js";
import { InputError } from "../text/errors.js";

/**
 * Metadata of a model with quantized activations: their bits, and whether what goes into its last layer is quantized.
 */
const BITS = "activation_bits";
const LAST_LAYER = "activation_last_layer";

/** The metadata of a model's quantized activations; empty for float ones. */
export function activationMetadata(policy: ActivationPolicy | null): Record<string, string> {
  return policy === null ? {} : { [BITS]: String(policy.bits), [LAST_LAYER]: String(policy.lastLayer) };
}

/** How activations are quantized, where a caller says so. */
export interface ActivationOptions {
  readonly activationBits?: number;
  readonly quantizeLastLayer?: boolean;
}

/**
 * How a model's activations are quantized: as the options say, else as the model's file says, else the run it lies in.
 * @throws InputError naming the file for metadata of no such kind, and for options that do not go together
 */
export function activationsOf(
  { activationBits, quantizeLastLayer }: ActivationOptions,
  config: RunConfig | null,
  { path, metadata }: ModelFile,
): ActivationPolicy | null {
  const recorded = fromMetadata(metadata, path) ?? fromRun(config);
  const bits = activationBits ?? recorded?.bits;
  if (bits !== undefined) return { bits, lastLayer: quantizeLastLayer ?? recorded?.lastLayer ?? false };
  if (!quantizeLastLayer) return null;
  throw new InputError("`quantizeLastLayer` says which activations are quantized: expected `activationBits` with it");
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
