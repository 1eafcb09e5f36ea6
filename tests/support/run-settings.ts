import { newRunOptions, type TrainFlags } from "../../src/cli/options/train.js";
import { networkFamily } from "../../src/models/registry.js";
import { type EngineVersions, provenance } from "../../src/run/program-versions.js";
import { type RunContext, runRecord } from "../../src/run/record.js";
import type { RunSettings } from "../../src/run/settings.js";
import { threads, versions } from "../../src/tensor/runtime.js";
import { resolveSettings } from "../../src/train/settings.js";

/** The settings that `weight-search train` makes of flags; notes count for nothing. */
export function settingsOf(flags: TrainFlags = {}, localProcesses = 1): RunSettings {
  const options = newRunOptions(flags);
  const arch = String(options.network);
  return resolveSettings(options, { arch, family: networkFamily(arch), file: null }, localProcesses, () => undefined);
}

/** What a run of these settings records, as `train` does. */
export function recordOf(settings: RunSettings, context: RunContext, startedAt: Date): object {
  return runRecord(settings, context, provenance(versions() satisfies EngineVersions, threads()), startedAt);
}

/** Collects notes. */
export function notebook(): { readonly notes: string[]; readonly note: (text: string) => void } {
  const notes: string[] = [];
  return { notes, note: (text) => void notes.push(text) };
}
