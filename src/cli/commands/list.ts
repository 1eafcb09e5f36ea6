import { Argument, Command } from "commander";
import { textTable } from "../../text/table.js";
import type { LISTINGS, Row } from "../listings.js";

/** What there are listings of, for `--help`, which does not load them. */
const KINDS = [
  "models",
  "datasets",
  "configs",
  "value-sets",
  "transforms",
  "optimizers",
] as const satisfies readonly Kind[];

type Kind = keyof typeof LISTINGS;

/** `weight-search list`: what has a name, a table each. */
export function listCommand(): Command {
  return new Command("list")
    .addArgument(new Argument("<kind>", "what to list").choices(KINDS))
    .option("--json", "print JSON")
    .action(list);
}

async function list(kind: Kind, { json = false }: { readonly json?: boolean }): Promise<void> {
  const { LISTINGS, cellText } = await import("../listings.js");
  const rows: readonly Row[] = LISTINGS[kind]();
  const [first = {}] = rows;
  const columns = Object.entries(first).map(([key, value]) => ({
    title: key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    align: typeof value === "number" ? ("right" as const) : ("left" as const),
  }));
  const table = { columns, rows: rows.map((row) => Object.values(row).map(cellText)) };
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : `${textTable(table)}\n`);
}
