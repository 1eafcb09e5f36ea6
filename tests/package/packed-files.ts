import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** All that may be in the package; what is compiled is checked against the sources one by one (`unpairedFiles`). */
const ALLOWED: readonly RegExp[] = [
  /^(package\.json|CMakeLists\.txt|LICENSE|CITATION\.cff|(README|CHANGELOG|CONTRIBUTING|RESULTS|SECURITY)\.md)$/,
  /^bin\/weight-search\.mjs$/,
  /^src\/(.*\/)?[\w-]+\.ts$/,
  /^dist\/src\/(.*\/)?[\w-]+\.(js|js\.map|d\.ts|d\.ts\.map)$/,
  /^native\/[a-z]+\/\w+\.(cc|h|inl|cu|cuh)$/,
  /^json\/(training|transform|quantization)\/[\w-]+\.json$/,
  /^scripts\/find-libtorch\.mjs$/,
  /^scripts\/setup\/[\w-]+\.mjs$/,
  /^docs\/([\w-]+\.md|figures\/[\w-]+\.svg)$/,
  /^examples\/(README\.md|[\w-]+\.(ts|mjs))$/,
  /^benchmarks\/(README\.md|results\/[\w-]+\.(md|txt|json))$/,
  /^results\/published\/(reference\.json|[\w-]+\/(config\.json|metrics\.jsonl|result\.csv))$/,
];

/** The files under `root`, relative to it. */
export function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The files that have no place in the package: tests, and what none of the patterns above allows. */
export function strayFiles(files: readonly string[]): string[] {
  return files.filter((file) => /\.test\./.test(file) || !ALLOWED.some((pattern) => pattern.test(file)));
}

/** Sources that are not compiled, and compiled files without a source: such as of one that is gone. */
export function unpairedFiles(files: readonly string[]): string[] {
  const sources = files.filter((file) => file.startsWith("src/")).map((file) => file.replace(/\.ts$/, ""));
  const compiled = sources.flatMap((stem) => ["js", "js.map", "d.ts", "d.ts.map"].map((end) => `dist/${stem}.${end}`));
  const found = new Set(files.filter((file) => file.startsWith("dist/")));
  const wanted = new Set(compiled);
  return [...compiled.filter((file) => !found.has(file)), ...[...found].filter((file) => !wanted.has(file))];
}

/** The sources that maps name and that are not there. */
export function missingSources(root: string, files: readonly string[]): string[] {
  const present = new Set(files);
  return files
    .filter((file) => file.endsWith(".map"))
    .flatMap((file) => {
      const { sources, sourceRoot } = JSON.parse(readFileSync(join(root, file), "utf8")) as {
        sources: string[];
        sourceRoot: string;
      };
      return sources.map((source) => join(dirname(file), sourceRoot, source));
    })
    .filter((source) => !present.has(source));
}

/** What compiled files import by a package's name, without Node's own modules. */
export function importedPackages(root: string, files: readonly string[]): Set<string> {
  const names = files
    .filter((file) => /^dist\/.*\.(js|d\.ts)$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(root, file), "utf8").matchAll(
        /(?:^(?:import|export|\}) .*?from|\bimport\() ?"([^."][^"]*)"/gm,
      ),
    ])
    .map(([, name = ""]) => name)
    .filter((name) => !name.startsWith("node:"));
  return new Set(names.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name));
}
