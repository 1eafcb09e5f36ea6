import { InputError } from "../text/errors.js";

/** The values of a factor b in the stages after the first: w = w₀ · b. */
const REFINING_FACTORS: readonly number[] = [1, 0.5];

/** The values that stage k (from 0) searches: the sign first, then whether each weight so far is halved. */
export function stageValues(stage: number): readonly number[] {
  return stage === 0 ? [-1, 1] : REFINING_FACTORS;
}

/** The values a weight can have after stages 0 … k: ±2⁻ⁱ for i = 0 … k, ascending; 2(k + 1) of them. */
export function valuesAfterStage(stage: number): readonly number[] {
  const magnitudes = Array.from({ length: stage + 1 }, (_, exponent) => 2 ** -exponent);
  return [...magnitudes.map((value) => -value), ...magnitudes.toReversed()];
}

/**
 * Checks that weights are possible results of stages 0 … k − 1, so that stage k may start from them.
 * @throws InputError naming `source`, the first weight that is none, and what was expected
 */
export function checkStageWeights(weights: Iterable<number>, stage: number, source: string): void {
  const expected = new Set(valuesAfterStage(stage - 1));
  let index = 0;
  for (const weight of weights) {
    if (!expected.has(weight)) {
      throw new InputError(
        `${source}: element ${index}: expected a value of the ${stage === 1 ? "stage" : "stages"} before stage ${stage}, ` +
          `one of ${[...expected].join(", ")}, found ${weight}`,
      );
    }
    index += 1;
  }
}
