import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InputError } from "../text/errors.js";
import { loadDataset } from "./registry.js";

function fails(name: string, path: string | undefined, message: RegExp): void {
  assert.throws(
    () => loadDataset(name, path, 0),
    (error) => error instanceof InputError && message.test(error.message),
  );
}

describe("loadDataset", () => {
  it("makes the built-in data set from the seed", () => {
    const data = loadDataset("synthetic", undefined, 3);
    assert.equal(data.name, "synthetic");
    assert.deepEqual([data.train.count, data.val.count], [10_000, 2_000]);
  });

  it("takes a path where there are files, and only there", () => {
    fails("cifar10", undefined, /^`path`: expected the folder of CIFAR-10's files .* found none$/);
    fails("synthetic", "/data", /^`path`: expected none for data set synthetic, .* found \/data$/);
    fails("cifar100", undefined, /^`path`: expected the folder of CIFAR-100's files .* found none$/);
    for (const name of ["imagenet", "folder"]) {
      fails(name, undefined, new RegExp(`the folder that has train and val in it for data set ${name}, found none$`));
      fails(name, "/no/such/folder", /^\/no\/such\/folder: expected the folder of a data set, found no such folder$/);
    }
    fails("cifar100", "/no/such/folder", /^\/no\/such\/folder: expected CIFAR-100's files/);
    fails("cifar10", "/no/such/folder", /^\/no\/such\/folder: expected CIFAR-10's files/);
  });

  it("suggests the nearest name for an unknown one", () => {
    const expected = "expected one of synthetic, cifar10, cifar100, mnist, imagenet, folder";
    fails("cifar-10", "/data", new RegExp(`${expected}, found "cifar-10"; did you mean "cifar10"\\?$`));
    fails("CIFAR10", "/data", /did you mean "cifar10"\?$/);
    fails("cifar-100", "/data", /did you mean "cifar100"\?$/);
    fails("syntetic", undefined, /did you mean "synthetic"\?$/);
    fails("ImageNet", undefined, /did you mean "imagenet"\?$/);
    fails("mnist-sets", undefined, /found "mnist-sets", or a file that exports one: .*$/);
    fails("", undefined, /found "", or a file .*$/);
    fails("__proto__", undefined, /found "__proto__", or a file .*$/);
  });
});
