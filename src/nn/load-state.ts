import { floatScale, setFromFloat } from "../search/from-float.js";
import type { LogitInit } from "../search/normal-logits.js";
import { EVALUATION_DRAW, sample } from "../search/sample.js";
import type { SearchedWeight } from "../search/searched-weight.js";
import { copyInto, mulInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { full } from "../tensor/create.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { shortenedName } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { classifierOf, followingNorm, weightedNodes } from "./layer-roles.js";
import type { LoadReport } from "./load-report.js";
import { matchNames } from "./match-names.js";
import type { Module } from "./module.js";
import { scaled } from "./quantized-weights.js";
import { type Graph, layerOf, trace } from "./trace.js";

export interface LoadOptions {
  /** Shape of the network's images, `[C, H, W]`; tracing runs it on one. */
  readonly imageShape: readonly number[];
  /** How logits start from float weights; default "uniform". */
  readonly logitInit?: LogitInit;
}

/**
 * Loads the tensors of a file, whatever network wrote it, into a module by name (`matchNames`).
 *
 * - Parameters and buffers are copied. A missing one is left unchanged and reported.
 * - A searched layer continues from `<layer>.alpha` where `<layer>.qvals` is its value set, order included; with
 *   another set the quantized weights serve as a float weight. A float `<layer>.weight` initializes the search
 *   (`startFromFloat`): the normalization that follows (`followingNorm`) absorbs the scale s, its running mean times s
 *   and its running variance times s², and so does the layer's bias. In evaluation the network then computes what the
 *   file's did, up to rounding of the weights (and a factor s on the logits of a searched last layer).
 *   A layer with a scale of its own takes 1/s as that scale instead, and nothing else changes.
 * - A float layer takes the quantized weights of `<layer>.alpha` and `<layer>.qvals`, times `<layer>.scale` if the file
 *   has it.
 * - The classifier (`classifierOf`) is left unchanged and reported if only its number of classes differs.
 *
 * @param source the file, for messages
 * @throws InputError naming `source` and the tensor for a wrong shape or dtype, logits without their value set, weights
 *   that are not finite, and when nothing matches; the module is then unchanged
 */
export function loadByName(
  module: Module,
  tensors: ReadonlyMap<string, Tensor>,
  source: string,
  options: LoadOptions,
): LoadReport {
  return scope(() => {
    const loading = new Loading(module, tensors, source, options);
    for (const [name, target] of loading.plain) if (!loading.scales.has(name)) loading.planPlain(name, target);
    for (const [layer, searched] of module.namedSearchedWeights()) loading.planSearched(layer, searched);
    const report = loading.finish();
    noGrad(() => {
      for (const step of loading.steps) step();
    });
    return report;
  });
}

/** Plans all changes before any is made. */
class Loading {
  /** Parameters and buffers. */
  readonly plain: ReadonlyMap<string, Tensor>;
  /** Names of the scales of searched layers, which are among `plain`. */
  readonly scales: ReadonlySet<string>;
  readonly steps: (() => void)[] = [];
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #source: string;
  readonly #logitInit: LogitInit;
  readonly #graph: Graph;
  /** The file's names by the network's. */
  readonly #matches: ReadonlyMap<string, string>;
  /** The classifier, where the file has another number of classes. */
  readonly #otherClassifier: string | undefined;
  /** Tensors that only some training states have. */
  readonly #optional: ReadonlySet<string>;
  readonly #used = new Set<string>();
  readonly #report = {
    matched: [] as string[],
    missing: [] as string[],
    reinitialised: [] as LoadReport["reinitialised"][number][],
    fromFloat: [] as LoadReport["fromFloat"][number][],
    quantizedWeights: [] as string[],
  };

  constructor(
    module: Module,
    tensors: ReadonlyMap<string, Tensor>,
    source: string,
    { imageShape, logitInit = "uniform" }: LoadOptions,
  ) {
    this.#tensors = tensors;
    this.#source = source;
    this.#logitInit = logitInit;
    this.#graph = trace(module, imageShape);
    this.plain = new Map([...module.namedParameters(), ...module.namedBuffers(), ...module.namedTrainingBuffers()]);
    this.scales = new Set([...module.namedSearchedWeights()].map(([layer]) => `${layer}.scale`));
    this.#optional = new Set([...module.namedTrainingBuffers()].map(([name]) => name));
    const weights = new Map(
      [...module.namedSearchedWeights()].map(([layer, { weight }]) => [`${layer}.weight`, weight]),
    );
    const names = new Set([...this.plain.keys(), ...weights.keys()]);
    const accepted = new Set([...names].flatMap((name) => [name, ...logitNames(name)]));
    const classifier = classifierOf(this.#graph);
    const weight = classifier?.tensors.weight ?? "";
    this.#matches = matchNames(accepted, tensors.keys(), classifier?.layer);
    const { shape = [] } = this.plain.get(weight) ?? weights.get(weight) ?? {};
    this.#otherClassifier = this.#hasOtherClasses(weight, shape) ? classifier?.layer : undefined;
  }

  planPlain(name: string, target: Tensor): void {
    const layer = layerOf(name);
    const tensor = this.#take(name);
    if (layer === this.#otherClassifier) {
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
    if (layer === this.#otherClassifier) {
      this.#leave(name, shape, this.#take(name));
    } else if (this.#peek(`${layer}.alpha`) !== undefined) {
      const { alpha, values } = this.#logits(layer, shape);
      if (String(values) === String(searched.values.map(Math.fround))) {
        this.#continueSearch(layer, searched, alpha);
        if (searched.scale !== null) this.planPlain(`${layer}.scale`, searched.scale.tensor);
      } else this.#startFromFloat(layer, searched, this.#quantizedWeight(layer, shape));
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

  /** The file's tensor for a name of the network; marks it as used. */
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

  /** Whether the classifier's weight differs from the file's only in the number of classes, its first size. */
  #hasOtherClasses(weight: string, [classes, ...inputs]: readonly number[]): boolean {
    const logits = this.#peek(`${layerOf(weight)}.alpha`);
    const [found, ...rest] = this.#peek(weight)?.shape ?? logits?.shape.slice(0, -1) ?? [];
    return found !== undefined && found !== classes && String(rest) === String(inputs);
  }

  #leave(name: string, expected: readonly number[], tensor: Tensor | undefined): void {
    const layer = layerOf(name);
    const alpha = tensor ?? (name.endsWith(".weight") ? this.#take(`${layer}.alpha`) : undefined);
    this.#take(`${layer}.qvals`);
    this.#take(`${layer}.scale`);
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

  /** The hard values of a layer's logits, `[…shape]`. */
  #quantizedWeight(layer: string, shape: readonly number[]): Tensor {
    const { alpha, values } = this.#logits(layer, shape);
    this.#report.quantizedWeights.push(layer);
    const weight = sample(alpha, values, EVALUATION_DRAW);
    const scale = this.#take(`${layer}.scale`);
    if (scale === undefined) return weight;
    if (scale.dtype !== "float32") throw this.#error(`${layer}.scale`, "float32", scale.dtype);
    const [outputs = 1] = shape;
    if (!["1", String(outputs)].includes(String(scale.shape))) {
      throw this.#error(`${layer}.scale`, `shape [1] or [${outputs}]`, `[${scale.shape}]`);
    }
    return scaled(weight, scale);
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
    const own = searched.scale?.tensor;
    if (own !== undefined) this.steps.push(() => copyInto(own, full(own.shape, 1 / scale)));
    const absorbedBy = own === undefined ? this.#absorb(layer, scale) : `${layer}.scale`;
    this.#report.fromFloat.push({ layer, scale, absorbedBy });
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

  /**
   * Scales the bias and the statistics that absorb a layer's scale, if the file has them. Steps run after the plain
   * copies.
   */
  #absorb(layer: string, scale: number): string | null {
    const scaled = (name: string, factor: number): boolean => {
      const target = this.plain.get(name);
      if (target === undefined || this.#peek(name) === undefined) return false;
      this.steps.push(() => mulInPlace(target, factor));
      return true;
    };
    const [node, ...more] = weightedNodes(this.#graph, `${layer}.weight`);
    if (node === undefined || more.length > 0) return null;
    const { bias = "" } = node.tensors;
    const absorbedByBias = scaled(bias, scale) ? bias : null;
    const norm = followingNorm(this.#graph, node);
    const { runningMean = "", runningVar = "" } = norm?.tensors ?? {};
    const isInFile = [runningMean, runningVar].every((name) => this.#peek(name) !== undefined);
    if (norm?.layer === undefined || !isInFile) return absorbedByBias;
    scaled(runningMean, scale);
    scaled(runningVar, scale * scale);
    return norm.layer;
  }
}

/** "conv1.weight" → "conv1.alpha", "conv1.qvals", "conv1.scale"; of other names none. */
function logitNames(name: string): string[] {
  return name.endsWith(".weight") ? ["alpha", "qvals", "scale"].map((each) => `${layerOf(name)}.${each}`) : [];
}
