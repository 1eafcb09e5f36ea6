#!/usr/bin/env node
/**
 * Writes a software bill of materials, CycloneDX 1.5 in JSON, of the packages that package-lock.json pins; to
 * build/sbom.cdx.json, or the file named. npm's own `npm sbom` makes it; this checks it. Needs no network.
 *
 * Packages that only developers need have the property `cdx:npm:package:development`; those of other platforms too are
 * listed, as optional.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const output = resolve(process.argv[2] ?? join(root, "build/sbom.cdx.json"));

const { name, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const bill = makeBill();
// npm takes the folder's name for the package's.
bill.metadata.component.name = name;

const [needed, forDevelopers] = [false, true].map((wanted) =>
  bill.components.filter((component) => isForDevelopers(component) === wanted),
);
const missing = Object.keys(dependencies).filter((wanted) => !needed.some((component) => component.name === wanted));
if (missing.length > 0) fail(`npm sbom left out ${missing.join(", ")}`);

mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `${JSON.stringify(bill, undefined, 2)}\n`);
console.log(`${output}: ${needed.length} packages, and ${forDevelopers.length} for developers`);

function makeBill() {
  const args = ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--package-lock-only"];
  const { status, stdout, stderr, error } = spawnSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) fail(`npm sbom, which npm has since version 10, failed: ${error?.message ?? stderr.trim()}`);
  const made = JSON.parse(stdout);
  if (made.bomFormat !== "CycloneDX") fail(`npm sbom wrote no CycloneDX, but ${made.bomFormat}`);
  return made;
}

function isForDevelopers({ properties = [] }) {
  return properties.some((property) => property.name === "cdx:npm:package:development" && property.value === "true");
}

function fail(message) {
  console.error(`sbom: ${message}`);
  process.exit(1);
}
