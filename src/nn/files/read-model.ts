import { closeSync } from "node:fs";
import { unpackModel } from "../../formats/packed/packed-model.js";
import { readSafetensors } from "../../formats/safetensors.js";
import { withTorchArchive } from "../../formats/torch/archive.js";
import { isTorchLegacy, withTorchLegacy } from "../../formats/torch/legacy.js";
import { fileError } from "../../system/file-error.js";
import { fileSizeBytes, openFile, readBytes } from "../../system/random-access.js";
import { noGrad } from "../../tensor/autograd.js";
import { isInteger } from "../../tensor/dtype.js";
import { fromEntries } from "../../tensor/entries.js";
import { max, min } from "../../tensor/reduce.js";
import { to } from "../../tensor/shape.js";
import { scope, type Tensor } from "../../tensor/tensor.js";
import { shortenedName } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { readTorchTensors } from "./torch-tensors.js";

/** A model as it was stored, whatever wrote it. */
export interface ModelFile {
  /** The file read. */
  readonly path: string;
  /** By name, in the file's order; floating-point ones are float32. */
  readonly tensors: Map<string, Tensor>;
  readonly format: "safetensors" | "packed safetensors" | "torch.save";
  /** The strings that a safetensors file keeps beside its tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The key of a torch.save file under which the model was, such as "state_dict"; `null` where the file is the model. */
  readonly part: string | null;
}

const MAX_FILE_BYTES = 8 * 2 ** 30;
const SIGNATURE_BYTES = 512;
const FORMATS = "a safetensors file or a file of torch.save";

/**
 * Reads a model by what the file holds, not by its name: safetensors (plain or packed) or `torch.save`, of any
 * PyTorch since 2017.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export function readModelFile(path: string): ModelFile {
  const kind = sniff(path);
  return scope(() => {
    const read = kind === "safetensors" ? readSafe(path) : readTorch(path, kind);
    const tensors = new Map([...read.tensors].map(([name, x]) => [name, asFloat32(x)]));
    for (const [name, tensor] of tensors) checkValues(path, name, tensor);
    return { ...read, path, tensors };
  });
}

type Read = Omit<ModelFile, "path">;

function readTorch(path: string, kind: "zip" | "legacy"): Read {
  const withModel = kind === "zip" ? withTorchArchive : withTorchLegacy;
  return withModel(path, (model) => ({
    tensors: readTorchTensors(model),
    part: model.part,
    format: "torch.save",
    metadata: {},
  }));
}

function readSafe(path: string): Read {
  const file = readSafetensors(path);
  const isPacked = file.metadata["packed_format"] !== undefined;
  const tensors = fromEntries(isPacked ? unpackModel(file, path) : file.tensors);
  return { tensors, part: null, format: isPacked ? "packed safetensors" : "safetensors", metadata: file.metadata };
}

/** Throws InputError for values with which nothing can be computed. Logits of values that are never chosen may be infinite. */
function checkValues(path: string, name: string, x: Tensor): void {
  if (isInteger(x.dtype) || x.dtype === "bool" || x.size === 0) return;
  const [low, high] = scope(() => noGrad(() => [min(x).item(), max(x).item()]));
  const wrong = (expected: string, found: number) =>
    new InputError(`${path}: tensor "${shortenedName(name)}": expected ${expected}, found ${found}`);
  const bad = [low, high].find((value) => (name.endsWith(".alpha") ? Number.isNaN(value) : !Number.isFinite(value)));
  if (bad !== undefined) throw wrong("finite values", bad);
  if (name.endsWith("running_var") && low < 0) throw wrong("variances ≥ 0", low);
}

function asFloat32(x: Tensor): Tensor {
  const { dtype } = x;
  return dtype === "float16" || dtype === "bfloat16" || dtype === "float64" ? to(x, "float32") : x;
}

/** What the file's first bytes say it is. Throws InputError for what is not read, saying how to convert it. */
function sniff(path: string): "zip" | "legacy" | "safetensors" {
  const file = openFile(path, FORMATS);
  try {
    const sizeBytes = fileSizeBytes(file);
    if (sizeBytes > MAX_FILE_BYTES) {
      throw new InputError(`${path}: expected a model of at most ${MAX_FILE_BYTES} bytes, found ${sizeBytes}`);
    }
    const start = Buffer.from(readBytes(file, 0, Math.min(sizeBytes, SIGNATURE_BYTES), path));
    if (start.toString("latin1", 0, 4) === "PK\x03\x04") return "zip";
    // Before the pickle: one header in 32 has a length that begins as a pickle does.
    if (start[8] === 0x7b && start.readBigUInt64LE(0) <= sizeBytes - 8) return "safetensors";
    if (isTorchLegacy(start)) return "legacy";
    if (start.toString("latin1", 257, 262) === "ustar") {
      throw new InputError(
        `${path}: expected ${FORMATS}, found a tar file, the first format of torch.save: load it and write it again ` +
          "with torch.save of PyTorch 1.6 or later",
      );
    }
    if (start[0] === 0x80) throw new InputError(`${path}: expected ${FORMATS}, found a Python pickle`);
    // Cut off, as its reader will say.
    if (start[8] === 0x7b) return "safetensors";
    const shown = sizeBytes === 0 ? "an empty file" : `one that starts with ${start.toString("hex", 0, 8)}`;
    throw new InputError(`${path}: expected ${FORMATS}, found ${shown}`);
  } catch (error) {
    throw fileError(path, `${FORMATS} that can be read`, error);
  } finally {
    closeSync(file);
  }
}
