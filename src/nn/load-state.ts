import { floatScale, setFromFloat } from "../search/from-float.js";
import type { LogitInit } from "../search/normal-logits.js";
import { EVALUATION_DRAW, sample } from "../search/sample.js";
import type { SearchedWeight } from "../search/searched-weight.js";
import { copyInto, mulInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { shortenedName } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { followingNorm } from "./following-norm.js";
import type { LoadReport } from "./load-report.js";
import { headOf, matchNames } from "./match-names.js";
import type { Module } from "./module.js";

/**
 * Loads the tensors of a file, whatever network wrote it, into a module by name (`matchNames`).
 *
 * - Parameters and buffers are copied. A missing one stays as it was and is reported.
 * - A searched layer goes on from `<layer>.alpha` where `<layer>.qvals` is its value set, order included; of another set
 *   the found weights are taken as a float weight. From a float `<layer>.weight` the search starts anew
 *   (`startFromFloat`): the batch normalization that follows (`followingNorm`) takes the scale s in, its running mean
 *   times s and its running variance times s², and so does the layer's bias, so that in evaluation the network computes
 *   what the file's did, up to the rounding of the weights (a last layer's logits times s).
 * - A float layer takes the found weights of `<layer>.alpha` and `<layer>.qvals`.
 * - The classifier, where only its number of classes differs, stays as it was and is reported.
 *
 * @param source the file, for messages
 * @param logitInit how logits start from float weights
 * @throws InputError naming `source` and the tensor for another shape or type, logits without their value set, weights
 *   that are not finite, and when nothing matches; the module is then as it was
 */
export function loadByName(
  module: Module,
  tensors: ReadonlyMap<string, Tensor>,
  source: string,
  logitInit: LogitInit = "uniform",
): LoadReport {
  return scope(() => {
    const loading = new Loading(module, tensors, source, logitInit);
    for (const [name, target] of loading.plain) loading.planPlain(name, target);
    for (const [layer, searched] of module.namedSearchedWeights()) loading.planSearched(layer, searched);
    const report = loading.finish();
    noGrad(() => {
      for (const step of loading.steps) step();
    });
    return report;
  });
}

/** What is to be done, decided before anything changes. */
class Loading {
  /** Parameters and buffers. */
  readonly plain: ReadonlyMap<string, Tensor>;
  readonly steps: (() => void)[] = [];
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #source: string;
  readonly #logitInit: LogitInit;
  /** The file's names by the network's. */
  readonly #matches: ReadonlyMap<string, string>;
  readonly #head: string | undefined;
  readonly #headDiffers: boolean;
  /** What only a run of the same kind has written. */
  readonly #optional: ReadonlySet<string>;
  readonly #used = new Set<string>();
  readonly #report = {
    matched: [] as string[],
    missing: [] as string[],
    reinitialised: [] as LoadReport["reinitialised"][number][],
    fromFloat: [] as LoadReport["fromFloat"][number][],
    quantizedWeights: [] as string[],
  };

  constructor(module: Module, tensors: ReadonlyMap<string, Tensor>, source: string, logitInit: LogitInit) {
    this.#tensors = tensors;
    this.#source = source;
    this.#logitInit = logitInit;
    this.plain = new Map([...module.namedParameters(), ...module.namedBuffers(), ...module.namedTrainingBuffers()]);
    this.#optional = new Set([...module.namedTrainingBuffers()].map(([name]) => name));
    const weights = new Map(
      [...module.namedSearchedWeights()].map(([layer, { weight }]) => [`${layer}.weight`, weight]),
    );
    const names = new Set([...this.plain.keys(), ...weights.keys()]);
    const accepted = new Set([...names].flatMap((name) => [name, ...logitNames(name)]));
    this.#matches = matchNames(accepted, tensors.keys());
    this.#head = headOf(names);
    const headWeight = `${this.#head}.weight`;
    this.#headDiffers = this.#hasOtherClasses((this.plain.get(headWeight) ?? weights.get(headWeight))?.shape ?? []);
  }

  planPlain(name: string, target: Tensor): void {
    const layer = layerOf(name);
    const tensor = this.#take(name);
    if (layer === this.#head && this.#headDiffers) {
      this.#leave(name, target.shape, tensor);
    } else if (tensor !== undefined) {
      this.#checkShape(name, tensor, target.shape);
      this.#copy(name, target, tensor);
    } else if (name.endsWith(".weight") && this.#peek(`${layer}.alpha`) !== undefined) {
      this.#copy(name, target, this.#quantizedWeight(layer, target.shape));
    } else if (!name.endsWith(".num_batches_tracked") && !this.#optional.has(name)) this.#report.missing.push(name);
  }

  planSearched(layer: string, searched: SearchedWeight): void {
    const name = `${layer}.weight`;
    const { shape } = searched.weight;
    if (layer === this.#head && this.#headDiffers) {
      this.#leave(name, shape, this.#take(name));
    } else if (this.#peek(`${layer}.alpha`) !== undefined) {
      const { alpha, values } = this.#logits(layer, shape);
      if (String(values) === String(searched.values.map(Math.fround))) this.#continueSearch(layer, searched, alpha);
      else this.#startFromFloat(layer, searched, this.#quantizedWeight(layer, shape));
    } else {
      const weight = this.#take(name);
      if (weight === undefined) this.#report.missing.push(name);
      else {
        this.#checkShape(name, weight, shape);
        this.#startFromFloat(layer, searched, weight);
      }
    }
  }

  finish(): LoadReport {
    const taken = this.#report.matched.filter((name) => !name.endsWith(".num_batches_tracked"));
    if (taken.length === 0) {
      const some = (names: Iterable<string>) => [...names].slice(0, 3).join(", ");
      const found = this.#tensors.size === 0 ? "no tensors" : `none of them (it has ${some(this.#tensors.keys())}, …)`;
      throw new InputError(
        `${this.#source}: expected tensors of this network (${some(this.#report.missing)}, …), found ${found}`,
      );
    }
    return {
      source: this.#source,
      ...this.#report,
      leftover: [...this.#tensors.keys()].filter((name) => !this.#used.has(name)),
      renamed: [...this.#matches]
        .filter(([to, from]) => to !== from && this.#used.has(from))
        .map(([to, from]) => ({ from, to })),
    };
  }

  /** The file's tensor for a name of the network, which counts as used from now on. */
  #take(name: string): Tensor | undefined {
    const fileName = this.#matches.get(name);
    if (fileName === undefined) return undefined;
    this.#used.add(fileName);
    return this.#tensors.get(fileName);
  }

  #peek(name: string): Tensor | undefined {
    const fileName = this.#matches.get(name);
    return fileName === undefined ? undefined : this.#tensors.get(fileName);
  }

  #error(name: string, expected: string, found: string): InputError {
    const fileName = this.#matches.get(name) ?? name;
    return new InputError(
      `${this.#source}: tensor "${shortenedName(fileName)}": expected ${expected}, found ${shortenedName(found)}`,
    );
  }

  #checkShape(name: string, tensor: Tensor, shape: readonly number[]): void {
    if (String(tensor.shape) !== String(shape)) throw this.#error(name, `shape [${shape}]`, `[${tensor.shape}]`);
  }

  #copy(name: string, target: Tensor, tensor: Tensor): void {
    if (target.dtype === "float32" && tensor.dtype !== "float32") throw this.#error(name, "float32", tensor.dtype);
    this.#report.matched.push(name);
    this.steps.push(() => copyInto(target, tensor));
  }

  /** Whether the classifier's weight differs from the file's in its first size, the number of classes, alone. */
  #hasOtherClasses([classes, ...inputs]: readonly number[]): boolean {
    const weight = this.#peek(`${this.#head}.weight`)?.shape;
    const [found, ...rest] = weight ?? this.#peek(`${this.#head}.alpha`)?.shape.slice(0, -1) ?? [];
    return found !== undefined && found !== classes && String(rest) === String(inputs);
  }

  #leave(name: string, expected: readonly number[], tensor: Tensor | undefined): void {
    const layer = layerOf(name);
    const alpha = tensor ?? (name.endsWith(".weight") ? this.#take(`${layer}.alpha`) : undefined);
    this.#take(`${layer}.qvals`);
    if (alpha === undefined) this.#report.missing.push(name);
    else this.#report.reinitialised.push({ name, expected, found: alpha.shape });
  }

  /** A layer's logits `[…shape, K]`, which the file has, and their K values, checked. */
  #logits(layer: string, shape: readonly number[]): { alpha: Tensor; values: readonly number[] } {
    const alpha = this.#take(`${layer}.alpha`);
    if (alpha === undefined) throw this.#error(`${layer}.alpha`, `shape [${shape},K]`, "no such tensor");
    const set = this.#take(`${layer}.qvals`);
    if (set === undefined) throw this.#error(`${layer}.qvals`, "the values of the logits beside it", "no such tensor");
    for (const [name, { dtype }] of [
      ["alpha", alpha],
      ["qvals", set],
    ] as const) {
      if (dtype !== "float32") throw this.#error(`${layer}.${name}`, "float32", dtype);
    }
    const [count = 0, ...more] = set.shape;
    if (more.length > 0 || count < 2) throw this.#error(`${layer}.qvals`, "shape [K], K ≥ 2", `[${set.shape}]`);
    this.#checkShape(`${layer}.alpha`, alpha, [...shape, count]);
    const values = set.toArray();
    if (!values.every(Number.isFinite)) throw this.#error(`${layer}.qvals`, "finite numbers", `${values}`);
    return { alpha, values };
  }

  /** The best values of a layer's logits, `[…shape]`. */
  #quantizedWeight(layer: string, shape: readonly number[]): Tensor {
    const { alpha, values } = this.#logits(layer, shape);
    this.#report.quantizedWeights.push(layer);
    return sample(alpha, values, EVALUATION_DRAW);
  }

  #continueSearch(layer: string, searched: SearchedWeight, alpha: Tensor): void {
    this.#report.matched.push(`${layer}.alpha`);
    this.steps.push(() => {
      copyInto(searched.logits, alpha);
      searched.draw(EVALUATION_DRAW);
    });
  }

  #startFromFloat(layer: string, searched: SearchedWeight, weight: Tensor): void {
    if (weight.dtype !== "float32") throw this.#error(`${layer}.weight`, "float32", weight.dtype);
    const scale = this.#scaleOf(layer, searched, weight);
    this.#report.matched.push(`${layer}.alpha`);
    this.steps.push(() => setFromFloat(searched, weight, scale, this.#logitInit));
    this.#report.fromFloat.push({ layer, scale, absorbedBy: this.#absorb(layer, scale) });
  }

  #scaleOf(layer: string, searched: SearchedWeight, weight: Tensor): number {
    try {
      return floatScale(searched, weight, this.#logitInit);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const fileName = this.#matches.get(`${layer}.weight`) ?? this.#matches.get(`${layer}.alpha`) ?? layer;
      throw new InputError(`${this.#source}: tensor "${fileName}": ${error.message}`);
    }
  }

  /** Multiplies what follows the layer by its scale, where that came from the file too. Plain tensors are copied before. */
  #absorb(layer: string, scale: number): string | null {
    const scaled = (name: string, factor: number): boolean => {
      const target = this.plain.get(name);
      if (target === undefined || this.#peek(name) === undefined) return false;
      this.steps.push(() => mulInPlace(target, factor));
      return true;
    };
    const bias = scaled(`${layer}.bias`, scale) ? `${layer}.bias` : null;
    const norm = followingNorm(layer, (name) =>
      ["running_mean", "running_var"].every(
        (part) => this.#peek(`${name}.${part}`) !== undefined && this.plain.has(`${name}.${part}`),
      ),
    );
    if (norm === undefined) return bias;
    scaled(`${norm}.running_mean`, scale);
    scaled(`${norm}.running_var`, scale * scale);
    return norm;
  }
}

/** "conv1.weight" → "conv1" */
function layerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

/** "conv1.weight" → "conv1.alpha", "conv1.qvals"; of other names none. */
function logitNames(name: string): string[] {
  return name.endsWith(".weight") ? [`${layerOf(name)}.alpha`, `${layerOf(name)}.qvals`] : [];
}
