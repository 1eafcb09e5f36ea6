import { activationPolicy } from "../models/activation-policy.js";
import { keepSoftStatistics } from "../nn/batch-norm.js";
import { chooseScales } from "../nn/choose-scales.js";
import type { Module } from "../nn/module.js";
import type { RunSettings } from "../run/settings.js";
import { startFromNormal } from "../search/normal-logits.js";
import { manualSeed } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";
import type { Note } from "./options.js";
import type { Session } from "./session.js";

/**
 * Builds a run's network as it is before any training, initialized from the run's seed.
 * @param note receives which searched layers have neither a scale nor a normalization; `null`: nobody is told
 * @throws InputError for a stage of progressive quantization whose weights have a scale
 */
export function buildNetwork(settings: RunSettings, session: Session, note: Note | null): Module {
  const { seed, search, activationBits, recipe, stage, stateBn } = settings;
  manualSeed(seed);
  const { family, dataset, sources } = session;
  const { channels, height, width } = sources.val;
  const network = family.build({
    numClasses: dataset.classNames.length,
    channels,
    imageSize: [height, width],
    search,
    activations: activationPolicy(activationBits, search),
  });
  scaleWeights(network, settings, session, note);
  // Later stages search factors of frozen weights.
  if (recipe.logitInit === "normal" && !stage) {
    for (const [, searched] of network.namedSearchedWeights()) startFromNormal(searched);
  }
  if (stateBn) keepSoftStatistics(network);
  return network;
}

function scaleWeights(
  network: Module,
  { weightScale, fixedScale, stage, search }: RunSettings,
  { family, sources: { val } }: Session,
  note: Note | null,
): void {
  const scale = weightScale === "auto" ? (family.weightScale ?? "auto") : weightScale;
  const imageShape = [val.channels, val.height, val.width];
  const bare = chooseScales(network, { imageShape, scale, isTrained: !fixedScale });
  const scaled = [...network.namedSearchedWeights()].flatMap(([layer, weight]) => (weight.scale === null ? [] : layer));
  if (stage !== null && scaled.length > 0) {
    throw new InputError(
      `\`weightScale\`: expected none with progressive stages, whose weights are products of values, found one in ${scaled.join(", ")}`,
    );
  }
  // A value set of the caller's choice may be small enough by itself.
  if (bare.length === 0 || search === null || note === null) return;
  note(
    `${bare.join(", ")}: searched with neither a scale nor a normalization behind ${bare.length === 1 ? "it" : "them"}, ` +
      `so the outputs are as large as the values make them; \`weightScale\` layer gives a scale`,
  );
}
