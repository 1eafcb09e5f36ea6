import type { OwnRun } from "./run-group.js";
import { type Settings, settingText } from "./setting-text.js";

/** Machines that runs were computed on, named M1, M2, … in the order of the runs. */
export class MachineList {
  readonly #texts: string[] = [];

  /** The name of a run's machine. */
  nameOf(run: OwnRun): string {
    const text = machineText(run.config.settings);
    if (!this.#texts.includes(text)) this.#texts.push(text);
    return `M${this.#texts.indexOf(text) + 1}`;
  }

  /** A line for each machine named so far. */
  text(): string {
    return this.#texts.map((text, index) => `- M${index + 1}: ${text}`).join("\n");
  }
}

/** What results and times depend on, except the commit. */
function machineText(settings: Settings): string {
  const processes = Number(settings.get("processes") ?? 1);
  const threads = settingText(settings, "threads");
  const environment = settings.get("machine");
  const variables = Object.entries((environment as { environment?: object } | null | undefined)?.environment ?? {});
  return [
    settingText(settings, "machine", "cpu"),
    `${settingText(settings, "machine", "cores")} cores`,
    `${processes > 1 ? `${processes} processes of ` : ""}${threads} ${threads === "1" ? "thread" : "threads"}`,
    settingText(settings, "device"),
    settingText(settings, "machine", "platform"),
    `LibTorch ${settingText(settings, "versions", "libtorch")}`,
    `kernels ${settingText(settings, "versions", "kernels")}`,
    `Winograd ${settingText(settings, "versions", "winograd")}`,
    `Node ${settingText(settings, "versions", "node")}`,
    ...variables.map(([name, value]) => `${name}=${String(value)}`),
  ].join(", ");
}
