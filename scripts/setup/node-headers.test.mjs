import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findNodeHeaders } from "./node-headers.mjs";

const folder = mkdtempSync(join(tmpdir(), "node-headers-"));
after(() => rmSync(folder, { recursive: true }));

/** A package.json in a folder of node_modules. */
function install(path, version) {
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, "package.json"), JSON.stringify({ version }));
}

test("headers are found beside this package and in its own node_modules, which go first; none is an error", () => {
  const project = (name) => join(folder, name, "node_modules/weight-search");
  assert.throws(
    () => findNodeHeaders(project("empty")),
    /^Error: The npm package node-api-headers is missing: run `npm install`/,
  );
  for (const name of ["hoisted", "own"]) {
    install(`${name}/node_modules/node-api-headers`, "1.9.0");
    install(`${name}/node_modules/node-addon-api`, "8.9.2");
  }
  install("own/node_modules/weight-search/node_modules/node-addon-api", "8.1.0");
  assert.deepEqual(findNodeHeaders(project("hoisted")), {
    folders: [
      join(folder, "hoisted/node_modules/node-api-headers/include"),
      join(folder, "hoisted/node_modules/node-addon-api"),
    ],
    versions: ["1.9.0", "8.9.2"],
  });
  assert.deepEqual(findNodeHeaders(project("own")).versions, ["1.9.0", "8.1.0"]);
});
