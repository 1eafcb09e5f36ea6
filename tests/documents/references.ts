import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** A document in Markdown. */
export interface Document {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Where documents are; RESULTS.md is among them. */
const FOLDERS = [".", "docs", "benchmarks", "benchmarks/results"];

/** Paths in the repository, up to a placeholder such as `<name>`. What is built, `dist/src/x.js`, stands for its source. */
const PATH = /(?<![\w./-])(?:dist\/)?((?:src|native|tests|scripts|benchmarks|json|docs|bin)\/[\w./-]*[\w/])/g;

/** A name of the code and where it is: `` `evaluate` in `src/train/evaluate.ts` ``. */
const NAME_IN_FILE = /`(\w+)(?:\(\))?`\s+(?:in|of)\s+`((?:src|native|tests)\/[\w./-]+\.\w+)`/g;

const IMPORT = /^import \{ ([^}]+) \} from "(weight-search[\w/-]*)";/gm;

const LINK = /\]\(([^()\s]+)\)/g;
const HEADING = /^#+ +(.*)$/gm;
const CODE_BLOCK = /^([ \t]*)(```|~~~).*?^\1\2/gms;

/** The documents of the repository at `root`. */
export function readDocuments(root: string): Document[] {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  );
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** The paths that a document names and the repository lacks. */
export function missingPaths({ text }: Document, root: string): string[] {
  const named = [...text.matchAll(PATH)].map(([, path = ""]) => path);
  return [...new Set(named)].filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, sourceOf(path))));
}

/** The names that a document places in a file that does not have them. */
export function missingNames({ text }: Document, root: string): string[] {
  return [...text.matchAll(NAME_IN_FILE)].flatMap(([, name = "", path = ""]) => {
    const file = join(root, path);
    return existsSync(file) && new RegExp(`\\b${name}\\b`).test(readFileSync(file, "utf8"))
      ? []
      : [`${name} in ${path}`];
  });
}

/** What a document's scripts import from this package that it does not export. */
export async function missingImports({ text }: Document): Promise<string[]> {
  const imports = [...text.matchAll(IMPORT)].map(async ([, names = "", from = ""]) => {
    const exported = await import(from).catch(() => null);
    if (exported === null) return [from];
    return names.split(", ").flatMap((name) => (name in exported ? [] : [`${name} from ${from}`]));
  });
  return (await Promise.all(imports)).flat();
}

/** The relative links of a document that lead nowhere: to no file, or to no heading of one. */
export function deadLinks({ path, text }: Document, root: string): string[] {
  const links = [...text.replace(CODE_BLOCK, "").matchAll(LINK)].map(([, target = ""]) => target);
  return links.filter((target) => !/^\w+:/.test(target) && !leadsSomewhere(target, { path, text }, root));
}

function leadsSomewhere(target: string, from: Document, root: string): boolean {
  const [file = "", anchor] = target.split("#");
  if (file === "") return anchors(from.text).has(anchor ?? "");
  const path = join(root, dirname(from.path), file);
  if (relative(root, path).startsWith("..") || !existsSync(path)) return false;
  return anchor === undefined || (statSync(path).isFile() && anchors(readFileSync(path, "utf8")).has(anchor));
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = [...text.replace(CODE_BLOCK, "").matchAll(HEADING)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function sourceOf(path: string): string {
  return path.replace(/\.js$/, ".ts");
}
