/** Tables as text. Cells are one line each: control characters in them become spaces. */

export interface Table {
  readonly columns: readonly { readonly title: string; readonly align: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns aligned, two spaces apart, a line under the titles. */
export function textTable({ columns, rows }: Table): string {
  const lines = [columns.map(({ title }) => title), ...rows].map((cells) => cells.map(oneLine));
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => [...(cells[index] ?? "")].length)));
  const toLine = (cells: readonly string[]) =>
    cells
      .map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.align ?? "left"))
      .join("  ")
      .trimEnd();
  const [titles = [], ...body] = lines;
  return [toLine(titles), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(toLine)].join("\n");
}

/** A table in GitHub's Markdown, its columns as wide as their longest cell, to be read as text too. */
export function markdownTable({ columns, rows }: Table): string {
  const lines = [columns.map(({ title }) => title), ...rows].map((cells) => cells.map(markdownCell));
  const widths = columns.map((_, index) => Math.max(3, ...lines.map((cells) => [...(cells[index] ?? "")].length)));
  const [titles = "", ...body] = lines.map(
    (cells) =>
      `| ${widths.map((width, index) => padded(cells[index] ?? "", width, columns[index]?.align ?? "left")).join(" | ")} |`,
  );
  const rule = widths.map((width, index) =>
    columns[index]?.align === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [titles, `| ${rule.join(" | ")} |`, ...body].join("\n");
}

function markdownCell(cell: string): string {
  return oneLine(cell).replace(/[\\|]/g, "\\$&");
}

/** Comma-separated values by RFC 4180, but with a newline between lines. */
export function csvTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const quoted = (cell: string) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [titles, ...rows].map((cells) => cells.map(quoted).join(",")).join("\n");
}

function padded(cell: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(width - [...cell].length);
  return align === "right" ? space + cell : cell + space;
}

function oneLine(cell: string): string {
  return cell.replace(/\p{Cc}/gu, " ");
}
