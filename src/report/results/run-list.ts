import { bestEpoch } from "../../run/best-epoch.js";
import { configPath } from "../../run/read-run.js";
import { percentText, UNKNOWN } from "../../text/format.js";
import { shellCommand } from "../../text/shell-quote.js";
import { markdownTable } from "../../text/table.js";
import { lengtheningArguments, trainArguments } from "../train-command.js";
import type { OwnRun, RunGroup } from "./run-group.js";
import { type Settings, settingText } from "./setting-text.js";
import { medianSeconds } from "./table-text.js";

const COMMIT_DIGITS = 12;
const DIGEST_DIGITS = 12;

export interface ListPlaces {
  /** The name of a machine in the document. */
  readonly machineOf: (run: OwnRun) => string;
  /** A run's folder in commands and links. */
  readonly placeOf: (run: OwnRun) => string;
}

/** Lists the runs of a group: command, result and machine of each. */
export function runListText(group: RunGroup, title: string, { machineOf, placeOf }: ListPlaces): string {
  const all = [
    ...group.counted.map((run) => ({ run, reason: null })),
    ...[...group.uncounted].sort((a, b) => a.run.config.seed - b.run.config.seed),
  ];
  const commands = all.flatMap(({ run }) => commandsOf(run, placeOf(run)));
  const columns = [
    "seed",
    "last epoch, %",
    "best epoch, %",
    "epochs",
    "s/epoch",
    "begun",
    "commit",
    "machine",
    "files",
  ];
  const rows = all.map(({ run, reason }) => [
    String(run.config.seed) + (reason === null ? "" : ` (not in the mean: ${reason})`),
    ...accuracyCells(run),
    `${run.epochs.length} of ${run.config.epochs}`,
    medianSeconds(run)?.toFixed(1) ?? UNKNOWN,
    run.config.startedAt.slice(0, 10),
    commitText(run.config.settings),
    machineOf(run),
    `[folder](${placeOf(run).split("/").map(encodeURIComponent).join("/")})`,
  ]);
  return [
    `### ${group.name}`,
    `${title}, ${group.label}, recipe \`${group.recipe}\`. ${dataText(group.counted[0])}`,
    ["```sh", ...new Set(commands), "```"].join("\n"),
    markdownTable({ columns: columns.map((title) => ({ title, align: "left" })), rows }),
  ].join("\n\n");
}

/** The commands that train a run again: one, and where it was lengthened those that did it. */
function commandsOf(run: OwnRun, place: string): string[] {
  const source = configPath(run);
  const words = trainArguments(run.config, source, { data: "DATA", run: place });
  return [
    `npx weight-search ${shellCommand(words)}`,
    ...lengtheningArguments(run.config, source, "RUN").map(
      ({ args, epochs }) => `npx weight-search ${shellCommand(args)}  # after ${epochs} epochs`,
    ),
  ];
}

function accuracyCells({ epochs }: OwnRun): string[] {
  const [last, best] = [epochs.at(-1), bestEpoch(epochs)];
  return [
    last === undefined ? UNKNOWN : percentText(last.val.top1),
    best === undefined ? UNKNOWN : `${percentText(best.val.top1)} (epoch ${best.epoch})`,
  ];
}

function commitText(settings: Settings): string {
  const commit = settingText(settings, "versions", "commit");
  const [digits = "", ...rest] = commit.split("-");
  return [digits.slice(0, COMMIT_DIGITS), ...rest].join("-");
}

function dataText(run: OwnRun | undefined): string {
  const of = (key: string) => settingText(run?.config.settings ?? new Map(), "data", key);
  if (of("sha256") === "unknown") return "On which data exactly is not recorded.";
  return (
    `Data: ${of("train")} images to train on, ${of("val")} to validate on, ${of("classes")} classes, ` +
    `SHA-256 ${of("sha256").slice(0, DIGEST_DIGITS)}….`
  );
}
