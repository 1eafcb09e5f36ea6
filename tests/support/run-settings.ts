import { newRunOptions, type TrainFlags } from "../../src/cli/options/train.js";
import { datasetNamed } from "../../src/data/registry.js";
import { networkFamily } from "../../src/models/registry.js";
import type { ModelInput } from "../../src/run/model-input.js";
import { type EngineVersions, provenance } from "../../src/run/program-versions.js";
import { type RunContext, runRecord } from "../../src/run/record.js";
import type { RunSettings } from "../../src/run/settings.js";
import { threads, versions } from "../../src/tensor/runtime.js";
import { resolveSettings } from "../../src/train/settings.js";

/** The settings that `weight-search train` makes of flags; notes count for nothing. */
export function settingsOf(flags: TrainFlags = {}, localProcesses = 1): RunSettings {
  const { data, ...options } = newRunOptions(flags);
  const arch = String(options.network);
  const network = { arch, family: networkFamily(arch), file: null };
  const definition = typeof data === "string" ? datasetNamed(data) : data;
  return resolveSettings({ ...options, data: definition }, network, localProcesses, () => undefined);
}

/** Of a network for three classes of small images. */
export const INPUT: ModelInput = {
  ...{ classNames: ["a", "b", "c"], channels: 3, channelOrder: "RGB", height: 8, width: 8, steps: [], divisor: 255 },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
};

/** What a run of these settings records, as `train` does. */
export function recordOf(settings: RunSettings, context: Omit<RunContext, "input">, startedAt: Date): object {
  return runRecord(
    settings,
    { ...context, input: INPUT },
    provenance(versions() satisfies EngineVersions, threads()),
    startedAt,
  );
}

/** Collects notes. */
export function notebook(): { readonly notes: string[]; readonly note: (text: string) => void } {
  const notes: string[] = [];
  return { notes, note: (text) => void notes.push(text) };
}
