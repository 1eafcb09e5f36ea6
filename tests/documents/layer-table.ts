import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "../../src/text/table.js";
import { ROOT } from "../support/command.js";

/** A layer, and those that the linter lets it import, in their order. */
export interface Layer {
  readonly name: string;
  readonly imports: readonly string[];
  /** What the linter says of a forbidden import. */
  readonly message: string;
}

interface Override {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly [{ readonly group: string[]; readonly message: string }] };
        };
      };
    };
  };
}

/** The layers with restricted imports, from biome.json, lowest first. */
export function readLayers(): Layer[] {
  const { overrides } = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")) as { overrides: Override[] };
  const restricted = overrides.flatMap(({ includes: [folder = ""], linter }) => {
    const [pattern] = linter.rules.style?.noRestrictedImports?.options.patterns ?? [];
    return pattern === undefined ? [] : [{ name: folder.replace(/^src\/|\/\*\*$/g, ""), ...pattern }];
  });
  return restricted.map(({ name, group, message }) => {
    const banned = new Set(group.map((path) => path.replaceAll("**", "").replaceAll("/", "")));
    const imports = restricted.map((layer) => layer.name).filter((other) => other !== name && !banned.has(other));
    return { name, imports, message };
  });
}

/** The layers as a table in Markdown. */
export function layerTable(): string {
  const rows = readLayers().map(({ name, imports }) => [
    `\`src/${name}/\``,
    imports.map((other) => `\`${other}\``).join(", ") || "nothing",
  ]);
  rows.push(["`src/cli/`, `src/index.ts`, `src/public/`", "everything"]);
  const columns = ["folder", "may import"].map((title) => ({ title, align: "left" as const }));
  return markdownTable({ columns, rows });
}
