import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ReLU } from "../nn/activations.js";
import { Flatten } from "../nn/flatten.js";
import { Linear } from "../nn/linear.js";
import { Sequential } from "../nn/sequential.js";
import { packageRoot } from "../system/package-root.js";
import { loadNetwork, recordedNetwork } from "./load-network.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-networks-"));
after(() => rmSync(folder, { recursive: true }));
const OWN = join(packageRoot(), "tests/fixtures/own/net.js");

let count = 0;

/** A file of that text; a new one each time, since modules are imported once. */
function file(text: string, extension = ".mjs"): string {
  const path = join(folder, `net${count++}${extension}`);
  writeFileSync(path, text);
  return path;
}

async function refused(given: Parameters<typeof loadNetwork>[0], message: RegExp): Promise<void> {
  await assert.rejects(() => loadNetwork(given), { name: "InputError", message });
}

test("a file defines a network; what it leaves out has defaults", async () => {
  const { arch, family, file: used } = await loadNetwork(OWN);
  assert.equal(arch, "tiny_mobile");
  assert.equal(used?.path, OWN);
  assert.match(used?.sha256 ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(family.imageSize, { atLeast: 1 });
  assert.match(family.noQuantizedActivations ?? "", /quantizesActivations/);
  const search = { values: [-1, 1], firstLayer: false, lastLayer: true };
  const network = family.build({ numClasses: 4, channels: 1, imageSize: [16, 16], search });
  assert.deepEqual(
    [...network.namedSearchedWeights()].map(([layer]) => layer),
    ["3", "6", "9", "12", "17"],
  );
});

test("a file imports this same package wherever it lies", async () => {
  const path = file(`
    import { Flatten, Linear, Sequential } from "weight-search/nn";
    const build = ({ numClasses }) => new Sequential(new Flatten(), new Linear({ inFeatures: 12, outFeatures: numClasses }));
    export default { name: "anywhere", build };`);
  const { family } = await loadNetwork(path);
  assert.ok(family.build({ numClasses: 3, imageSize: [2, 2], search: null }) instanceof Sequential);
});

test("names of built-in networks and objects", async () => {
  assert.equal((await loadNetwork("resnet20")).file, null);
  await refused("resnet21", /`network`: expected one of .*received "resnet21".*resnet20/);
  const given = await loadNetwork({
    name: "own",
    build: ({ numClasses }) =>
      new Sequential(new Flatten(), new Linear({ inFeatures: 12, outFeatures: numClasses }), new ReLU()),
  });
  assert.equal([...given.family.build({ numClasses: 3, imageSize: [2, 2], search: null }).namedParameters()].length, 2);
});

test("what is no network is refused in one line that names the file", async () => {
  await refused(
    join(folder, "none.js"),
    /none\.js: expected a file with a network, .* found no such file or directory$/,
  );
  await refused(
    file("export default 5"),
    /net\d+\.mjs: expected a network, an object with name and build\(options\), found 5$/,
  );
  await refused(file("export const x = 1"), /expected a network as its default export, found only x$/);
  await refused(
    file("export default { name: 'x' }"),
    /build: expected a function that returns a module, found nothing$/,
  );
  await refused(
    file("export default { name: '../x', build() {} }"),
    /name: expected up to 64 letters, digits, .* found "\.\.\/x"$/,
  );
  await refused(
    file("export default { name: 'x', build() {}, foo: 1 }"),
    /expected only the keys name, .*, found "foo"$/,
  );
  await refused(
    file("\nthrow new TypeError('boom\\nx')"),
    /:2: expected a network that can be imported, found TypeError: boom\\nx$/,
  );
  await refused(file("export default {{"), /expected a network that can be imported, found SyntaxError: /);
  await refused(file("import 'nope-nope'"), /found Cannot find package 'nope-nope'/);
});

test("a build that returns no module, or logits of another shape, is refused when it is built", async () => {
  const build = async (text: string) => {
    const { family } = await loadNetwork(file(text));
    return () => family.build({ numClasses: 3, imageSize: [2, 2], search: null });
  };
  assert.throws(
    await build("export default { name: 'x', build: () => 5 }"),
    /build: expected a Module of this weight-search, found 5$/,
  );
  assert.throws(
    await build("export default { name: 'x', build: () => { throw new Error('no\\nway') } }"),
    /build: no\\nway$/,
  );
  const { family } = await loadNetwork({ name: "own", build: () => new Flatten() });
  assert.throws(() => family.build({ numClasses: 3, imageSize: [2, 2], search: null }), {
    name: "InputError",
    message: "`network`: forward: expected logits [2,3] for images [2,3,2,2], found [2,12]",
  });
});

test("a run's file that has changed is said to have", async () => {
  const path = file("export default { name: 'x', build() {} }");
  const notes: string[] = [];
  const { file: now } = await loadNetwork(path);
  assert.ok(now);
  await recordedNetwork("x", now, (text) => void notes.push(text));
  assert.equal(notes.length, 0);
  const network = await recordedNetwork("x", { path, sha256: "0".repeat(64) }, (text) => void notes.push(text));
  assert.equal(network.arch, "x");
  assert.match(notes[0] ?? "", /net\d+\.mjs has changed since the run began/);
});
