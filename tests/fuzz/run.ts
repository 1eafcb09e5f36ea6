// npm run fuzz -- [--minutes M | --inputs N] [--seed S] [--target NAME]… [--replay FILE]
//
// Feeds damaged files to every parser. Exits 1 when one of them threw anything but an InputError of one line, took
// something impossible, crashed, hung, or took too much memory; the inputs are then in build/fuzz/.
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../src/system/package-root.js";
import { type CampaignResult, runCampaign } from "./campaign.js";
import { targets } from "./targets.js";
import type { Finding } from "./work.js";

const DEFAULT_MINUTES = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    inputs: { type: "string" },
    seed: { type: "string", default: "1" },
    target: { type: "string", multiple: true },
    replay: { type: "string" },
  },
});

const names = targets.map(({ name }) => name);
const unknown = values.target?.find((name) => !names.includes(name));
if (unknown !== undefined) fail(`--target: expected one of ${names.join(", ")}, found ${unknown}`);
if (values.minutes !== undefined && values.inputs !== undefined) fail("expected --minutes or --inputs, found both");
const chosen = values.target ?? (values.replay === undefined ? names : [targetOf(values.replay)]);
const inputs = values.inputs === undefined ? null : numberOf("--inputs", values.inputs);
const minutes = inputs === null ? numberOf("--minutes", values.minutes ?? String(DEFAULT_MINUTES)) : null;

const result = await runCampaign({
  targets: chosen,
  seed: numberOf("--seed", values.seed),
  inputs,
  seconds: minutes === null ? null : (minutes * 60) / chosen.length,
  findings: join(packageRoot(), "build", "fuzz"),
  ...(values.replay !== undefined && { replay: values.replay }),
  onFinding: print,
});
console.log(summary(result));
process.exitCode = result.findings.length > 0 ? 1 : 0;

function print({ target, index, kind, what, path }: Finding): void {
  console.log(`${target}, input ${index}: ${kind}: ${what}\n  again: npm run fuzz -- --replay ${path}\n`);
}

/** Saved inputs are called `<target>.<digest>`. */
function targetOf(path: string): string {
  const name = basename(path).replace(/\.[^.]*$/, "");
  return names.includes(name) ? name : fail(`--replay ${path}: expected a file called <target>.<digest>, or --target`);
}

function numberOf(flag: string, text: string): number {
  const number = Number(text);
  return number >= 0 && text !== "" ? number : fail(`${flag}: expected a number, found ${text}`);
}

function summary({ targets: done, findings }: CampaignResult): string {
  const rows = done.map(({ target, tried, accepted, refused, seconds }) => {
    const bad = findings.filter((finding) => finding.target === target).length;
    return [target, tried, accepted, refused, bad, seconds.toFixed(1)].map(String);
  });
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column]), 0);
  const all = ["all", ...[1, 2, 3, 4].map((column) => String(sum(column))), sum(5).toFixed(1)];
  const lines = [["target", "inputs", "accepted", "refused", "findings", "seconds"], ...rows, all];
  const widths = all.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(padded).join("  ")).join("\n");
}

function fail(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}
