import type { LayerSummary } from "../export/layer-summary.js";
import type { ActivationSummary, NetworkSummary, NormalizationSummary } from "../export/summarize.js";
import { markdownTable } from "../text/table.js";
import { withActivations } from "./run-description.js";

/** Maximum length of a value set in a row or the headline, and on a separate line. */
const SHORT_LENGTH = 20;
const LINE_LENGTH = 110;

const COLUMNS = [
  { title: "layer", align: "left" },
  { title: "kind", align: "left" },
  { title: "weight", align: "left" },
  { title: "output", align: "left" },
  { title: "parameters", align: "right" },
  { title: "values", align: "left" },
  { title: "bits", align: "right" },
  { title: "size (kB)", align: "right" },
] as const;

type Row = readonly string[];

/** The summary for a terminal: a table, then totals. At most 130 columns wide for the built-in networks. */
export function summaryText(summary: NetworkSummary): string {
  const titles = COLUMNS.map(({ title }) => title);
  const body = rows(summary);
  const total = totalRow(summary);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...[...body, total].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: Row) => row.map((cell, column) => align(cell, column, widths)).join("  ");
  const rule = "─".repeat(line(titles).length);
  const figures = totals(summary);
  const indent = Math.max(...figures.map(([name]) => name.length)) + 2;
  return [
    headline(summary),
    "",
    ...[line(titles), rule, ...body.map(line), rule, line(total)].map((text) => text.trimEnd()),
    "",
    ...figures.map(([name, text]) => name.padEnd(indent) + text),
    "",
  ].join("\n");
}

/** The same in GitHub's Markdown. */
export function summaryMarkdown(summary: NetworkSummary): string {
  const total = totalRow(summary).map((cell) => (cell === "" ? "" : `**${cell}**`));
  return [
    headline(summary),
    "",
    markdownTable({ columns: COLUMNS, rows: [...rows(summary), total] }),
    "",
    ...totals(summary).map(([name, text]) => `- **${name}**: ${text}`),
    "",
  ].join("\n");
}

function headline({ arch, numClasses, channels, imageSize, search, activations }: NetworkSummary): string {
  const weights = search === null ? "float weights" : `weights searched over ${valueSet(search.values, SHORT_LENGTH)}`;
  const how = withActivations(weights, activations?.bits ?? null);
  return `${arch}: ${numClasses} ${numClasses === 1 ? "class" : "classes"}, images [${channels}, ${imageSize}, ${imageSize}], ${how}`;
}

function rows({ layers, batchNorms, layerNorms, activations }: NetworkSummary): Row[] {
  return [
    ...layers.map(layerRow),
    ...normalizationRows("batch norm", "BatchNorm", batchNorms),
    ...normalizationRows("layer norm", "LayerNorm", layerNorms),
    ...(activations === null ? [] : [activationsRow(activations)]),
  ];
}

function normalizationRows(name: string, kind: string, { count, ...size }: NormalizationSummary): Row[] {
  if (count === 0) return [];
  const { parameters, sizeBytes } = size;
  return [[`${count} × ${name}`, kind, "", "", integer(parameters), "float32", "32", kilobytes(sizeBytes)]];
}

function activationsRow({ bits, count, parameters, sizeBytes }: ActivationSummary): Row {
  const clips = parameters === 0 ? ["", ""] : ["float32", "32"];
  return [
    `${count} × ${bits}-bit activation`,
    bits === 1 ? "sign" : "PACT",
    ...["", "", integer(parameters), ...clips, kilobytes(sizeBytes)],
  ];
}

function layerRow(layer: LayerSummary): Row {
  return [
    layer.name,
    layer.kind,
    shape(layer.weightShape),
    shape(layer.outputShape),
    integer(layer.parameters),
    layer.values === null ? "float32" : valueSet(layer.values, SHORT_LENGTH),
    String(layer.bitsPerWeight),
    kilobytes(layer.sizeBytes),
  ];
}

function totalRow({ parameters, sizeBytes }: NetworkSummary): Row {
  return ["total", "", "", "", integer(parameters.total), "", "", kilobytes(sizeBytes)];
}

function totals(summary: NetworkSummary): (readonly [name: string, text: string])[] {
  const { layers, parameters, multiplyAdds, search, packedFileBytes, floatFileBytes } = summary;
  const searchedLayers = layers.filter(({ values }) => values !== null).length;
  const float32 = `${kilobytes(floatFileBytes)} kB as float32`;
  return [
    ...(search === null ? [] : [["value set", valueSet(search.values, LINE_LENGTH)] as const]),
    [
      "layers",
      `${layers.length}${search === null ? "" : `: ${searchedLayers} searched, ${layers.length - searchedLayers} float`}`,
    ],
    [
      "parameters",
      integer(parameters.total) +
        (search === null ? "" : `: ${integer(parameters.searched)} searched, ${integer(parameters.float)} float`),
    ],
    ["multiply-adds", `${integer(multiplyAdds)} an image`],
    [
      "bits per weight",
      summary.bitsPerWeight.toFixed(2) +
        (search === null ? "" : ` over all layers, ${summary.searchedBitsPerWeight.toFixed(2)} per searched weight`),
    ],
    [
      "file, with header",
      packedFileBytes === null
        ? float32
        : `${kilobytes(packedFileBytes)} kB packed, ${float32}: ${(floatFileBytes / packedFileBytes).toFixed(1)} times smaller`,
    ],
  ];
}

function align(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return COLUMNS[column]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
}

function shape(lengths: readonly number[]): string {
  return `[${lengths.join(", ")}]`;
}

function valueSet(values: readonly number[], most: number): string {
  const text = `{${values.join(", ")}}`;
  if (text.length <= most) return text;
  const range = most < LINE_LENGTH ? "" : ` from ${Math.min(...values)} to ${Math.max(...values)}`;
  return `${values.length} values${range}`;
}

function integer(count: number): string {
  return count.toLocaleString("en-US");
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
