import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "supply-chain-"));
after(() => rmSync(folder, { recursive: true }));

const read = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));
const packages = Object.entries(read("package-lock.json").packages).filter(([path]) => path !== "");

test("every package of the lock file, of any platform, has a hash, and none names a host", () => {
  for (const [path, { integrity, resolved }] of packages) {
    assert.match(integrity ?? "", /^sha512-/, path);
    assert.equal(resolved, undefined, path);
  }
});

test("no package wants to run a script when it is installed, and none could", () => {
  assert.deepEqual(
    packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    [],
  );
  const own = Object.keys(read("package.json").scripts);
  assert.deepEqual(
    own.filter((name) => /^(pre|post)?(install|prepare)$/.test(name)),
    [],
  );
  assert.match(readFileSync(join(root, ".npmrc"), "utf8"), /^ignore-scripts=true$/m);
});

test("what developers' results depend on is pinned to one version", () => {
  for (const [name, version] of Object.entries(read("package.json").devDependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

const npmVersion = execFileSync("npm", ["--version"], { encoding: "utf8" }).trim();
const skip = Number.parseInt(npmVersion, 10) < 10 && `npm ${npmVersion} has no npm sbom`;

test("the bill of materials has every package, with its hash, and tells those for developers", { skip }, () => {
  const path = join(folder, "deep", "sbom.cdx.json");
  execFileSync(process.execPath, [join(root, "scripts/sbom.mjs"), path], {
    env: { ...process.env, npm_config_offline: "true" },
    stdio: "pipe",
  });
  const { bomFormat, metadata, components } = JSON.parse(readFileSync(path, "utf8"));
  assert.equal(bomFormat, "CycloneDX");
  assert.equal(metadata.component.name, "weight-search");
  const key = ({ name, version, hashes = [], properties = [] }) =>
    `${name}@${version} ${hashes.length > 0} ${properties.some((property) => /:development$/.test(property.name))}`;
  const expected = packages.map(
    ([path, { version, dev = false }]) => `${path.replace(/^.*node_modules\//, "")}@${version} true ${dev}`,
  );
  assert.deepEqual(components.map(key).sort(), expected.sort());
});
