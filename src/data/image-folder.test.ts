import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { inputError } from "../../tests/support/input-error.js";
import { oneLine } from "../text/errors.js";
import type { ImageFiles } from "./dataset.js";
import { loadImageFolder } from "./image-folder.js";

let root = "";
let trees = 0;

before(() => {
  root = mkdtempSync(join(tmpdir(), "image-folder-"));
});

after(() => rmSync(root, { recursive: true }));

/** A new folder with empty files at the given places; a place that ends with a slash is an empty folder. */
function makeTree(...places: readonly string[]): string {
  const tree = join(root, `tree${trees++}`);
  mkdirSync(tree);
  for (const place of places) {
    mkdirSync(place.endsWith("/") ? join(tree, place) : dirname(join(tree, place)), { recursive: true });
    if (!place.endsWith("/")) writeFileSync(join(tree, place), "");
  }
  return tree;
}

/** Each file as `path label`, paths from `tree` on. */
function list(tree: string, files: ImageFiles): string[] {
  assert.equal(files.labels.length, files.count);
  return Array.from({ length: files.count }, (_, i) => `${relative(tree, files.path(i))} ${files.labels[i]}`);
}

function fails(directory: string, message: RegExp | string): void {
  assert.throws(() => loadImageFolder("folder", directory), inputError(oneLine(directory), message));
}

const small = ["train/a/1.jpg", "train/b/1.jpg", "val/a/2.jpg", "val/b/2.jpg"];

describe("loadImageFolder", () => {
  // The expected order is that of torchvision 0.14: datasets.ImageFolder(tree + "/train").samples
  it("lists classes and images in the order of torchvision's ImageFolder", () => {
    const tree = makeTree(
      "train/b/10.jpg",
      "train/b/9.PNG",
      "train/b/Z.jpeg",
      "train/B/1.ppm",
      "train/a/x/2.webp",
      "train/a/x-y/3.bmp",
      "train/a/x/deep/4.TIFF",
      "train/a/z.tif",
      "train/a/notes.txt",
      "train/a/jpg",
      "train/README.jpg",
      "val/a/1.pgm",
      "val/b/1.jpg",
      "meta.bin",
    );
    const data = loadImageFolder("folder", tree);
    assert.deepEqual([data.kind, data.name, data.classNames], ["files", "folder", ["B", "a", "b"]]);
    assert.deepEqual(list(tree, data.train), [
      "train/B/1.ppm 0",
      "train/a/z.tif 1",
      "train/a/x/2.webp 1",
      "train/a/x-y/3.bmp 1",
      "train/a/x/deep/4.TIFF 1",
      "train/b/10.jpg 2",
      "train/b/9.PNG 2",
      "train/b/Z.jpeg 2",
    ]);
    assert.deepEqual(list(tree, data.val), ["val/a/1.pgm 1", "val/b/1.jpg 2"]);
    for (const index of [-1, 2, 0.5]) assert.throws(() => data.val.path(index), RangeError);
  });

  it("takes val before validation before valid before test", () => {
    const folders = ["val", "validation", "valid", "test"];
    for (let first = 0; first < folders.length; first++) {
      const parts = folders.slice(first).map((folder) => `${folder}/a/${folder}.jpg`);
      const tree = makeTree("train/a/1.jpg", "train/b/1.jpg", ...parts);
      assert.deepEqual(list(tree, loadImageFolder("folder", tree).val), [
        `${folders[first]}/a/${folders[first]}.jpg 0`,
      ]);
    }
  });

  it("leaves out what is hidden", () => {
    const hidden = ["train/.git/1.jpg", "train/a/._1.jpg", "train/a/.cache/1.jpg", "val/.DS_Store"];
    const tree = makeTree(...small, ...hidden);
    const data = loadImageFolder("folder", tree);
    assert.deepEqual(data.classNames, ["a", "b"]);
    assert.deepEqual(list(tree, data.train), ["train/a/1.jpg 0", "train/b/1.jpg 1"]);
  });

  it("takes names of any characters, sorted by code point", () => {
    const names = ["a b", "a\nb", "\uff41", "😀", "é", '"', "%2e", "back\\slash"];
    const tree = makeTree(...names.flatMap((name) => [`train/${name}/${name}.jpg`, `val/${name}/1.jpg`]));
    const data = loadImageFolder("folder", tree);
    assert.deepEqual(data.classNames, ['"', "%2e", "a\nb", "a b", "back\\slash", "é", "\uff41", "😀"]);
    for (let i = 0; i < names.length; i++) assert.ok(existsSync(data.train.path(i)), data.train.path(i));
  });

  it("follows links, but not in circles", () => {
    const elsewhere = makeTree("images/1.jpg", "images/2.jpg", "single.jpg");
    const tree = makeTree(...small);
    symlinkSync(join(elsewhere, "images"), join(tree, "train/c"));
    symlinkSync(join(elsewhere, "single.jpg"), join(tree, "train/a/linked.jpg"));
    symlinkSync(join(tree, "train"), join(tree, "train/b/loop"));
    symlinkSync("..", join(elsewhere, "images/up"));
    const data = loadImageFolder("folder", tree);
    const train = list(tree, data.train);
    assert.deepEqual(data.classNames, ["a", "b", "c"]);
    assert.deepEqual(train.slice(0, 3), ["train/a/1.jpg 0", "train/a/linked.jpg 0", "train/b/1.jpg 1"]);
    assert.deepEqual(train.slice(-3), ["train/c/1.jpg 2", "train/c/2.jpg 2", "train/c/up/single.jpg 2"]);
  });

  it("says which folder is missing, and where the data set may be", () => {
    const none = join(root, "none");
    fails(none, `${none}: expected the folder of a data set, found no such folder`);
    const tree = makeTree(...small);
    fails(join(tree, "train/a/1.jpg"), /found a file; give the folder that has train and val in it$/);
    fails(join(tree, "train/a/1.jpg/x"), /found no such folder$/);
    fails("\0", /cannot be read/);
    const above = `did you mean the folder above it, ${tree}?`;
    const expected = "expected folders train and val, validation, valid or test, found";
    fails(join(tree, "train"), `${join(tree, "train")}: ${expected} none; ${above}`);
    const outer = makeTree("data/train/a/1.jpg", "other/");
    fails(outer, `${outer}: ${expected} none; did you mean ${join(outer, "data")}?`);
    fails(makeTree(), /test, found no folders$/);
    fails(makeTree("cats/1.jpg", "dogs/1.jpg", ".hidden/1.jpg"), /test, found 2 folders, such as cats, dogs$/);
    fails(makeTree("cats/1.jpg"), /test, found only cats$/);
    fails(makeTree("train"), /test, found a file train$/);
    const half = makeTree("train/a/1.jpg", "train/b/1.jpg", "val");
    fails(half, `${half}: expected a folder val, validation, valid or test beside train, found none`);
  });

  it("names the class that is empty, unknown or alone", () => {
    fails(makeTree("train/", "val/"), /train: expected a folder of images for each class, found none$/);
    fails(makeTree("train/1.jpg", "val/"), /train: .* each class, found 1 images \(such as 1\.jpg\) and no folder$/);
    fails(makeTree("train/a/1.jpg", "val/a/1.jpg"), /train: expected at least 2 class folders, found only a$/);
    fails(makeTree(...small, "train/c/1.txt"), /train\/c: expected images of class c, found none$/);
    fails(makeTree(...small, "train/c/", "val/c/"), /train\/c: expected images of class c, found none$/);
    fails(makeTree(...small, "val/c/1.jpg"), /val\/c: expected one of the 2 classes of the training split$/);
    const flat = makeTree("train/a/1.jpg", "train/b/1.jpg", "val/1.jpg");
    fails(flat, /val: expected a folder of images for each class, found 1 images/);
  });

  it("names links that lead nowhere and images that are no files", () => {
    const broken = makeTree(...small);
    symlinkSync("nowhere", join(broken, "train/a/2.jpg"));
    const { train } = loadImageFolder("folder", broken);
    assert.ok(
      Array.from({ length: train.count }, (_, index) => train.path(index)).includes(join(broken, "train/a/2.jpg")),
    );
    symlinkSync("nowhere", join(broken, "train/a/notes"));
    fails(broken, /train\/a\/notes: expected a link to something, found a broken one$/);
    const circle = makeTree(...small);
    symlinkSync("c", join(circle, "train/c"));
    fails(circle, /train\/c: cannot be read: too many symbolic links encountered/);
    const device = makeTree(...small);
    symlinkSync("/dev/null", join(device, "val/a/1.jpg"));
    fails(device, /val\/a\/1\.jpg: expected an image, found something that is not a file$/);
  });

  it("names a file whose name is not UTF-8", { skip: process.platform !== "linux" && "names are always UTF-8" }, () => {
    const tree = makeTree(...small, "train/a/\ufffd.jpg");
    assert.equal(loadImageFolder("folder", tree).train.count, 3);
    writeFileSync(Buffer.concat([Buffer.from(join(tree, "train/a/")), Buffer.of(0xff), Buffer.from(".jpg")]), "");
    writeFileSync(Buffer.concat([Buffer.from(join(tree, "train/a/x")), Buffer.of(0xff), Buffer.from(".jpg")]), "");
    fails(tree, /train\/a\/x\ufffd\.jpg: expected a UTF-8 name/);
    // Shown as U+FFFD, of three bytes, the name is longer than a name can be.
    const long = makeTree(...small, "train/a/\ufffd.jpg");
    writeFileSync(
      Buffer.concat([Buffer.from(join(long, "train/a/")), Buffer.alloc(200, 0xff), Buffer.from(".jpg")]),
      "",
    );
    fails(long, /train\/a\/\ufffd+\.jpg: expected a UTF-8 name/);
  });

  it("names the folder that may not be read", { skip: process.getuid?.() === 0 && "root may read all" }, () => {
    const tree = makeTree(...small);
    chmodSync(join(tree, "val/b"), 0);
    fails(tree, /val\/b: cannot be read: permission denied/);
    chmodSync(join(tree, "val/b"), 0o700);
  });
});

describe("Tiny-ImageNet", () => {
  const train = ["train/n1/images/n1_0.JPEG", "train/n1/n1_boxes.txt", "train/n2/images/n2_0.JPEG"];
  const val = ["val/images/val_0.JPEG", "val/images/val_1.JPEG", "val/images/val_2.JPEG"];

  function makeTiny(annotations: string, ...more: readonly string[]): string {
    const tree = makeTree("wnids.txt", "words.txt", "test/images/test_0.JPEG", ...train, ...val, ...more);
    writeFileSync(join(tree, "val/val_annotations.txt"), annotations);
    return tree;
  }

  const lines = ["val_0.JPEG\tn2\t0\t32\t44\t62", "val_1.JPEG\tn1\t1\t1\t2\t2", "val_2.JPEG\tn2\t0\t0\t9\t9"];

  it("is read by its annotations", () => {
    const tree = makeTiny(`${lines.join("\r\n")}\r\n\r\n`);
    const data = loadImageFolder("folder", tree);
    assert.deepEqual(list(tree, data.train), ["train/n1/images/n1_0.JPEG 0", "train/n2/images/n2_0.JPEG 1"]);
    const expected = ["val/images/val_1.JPEG 0", "val/images/val_0.JPEG 1", "val/images/val_2.JPEG 1"];
    assert.deepEqual(list(tree, data.val), expected);
  });

  it("may have been sorted into class folders", () => {
    const tree = makeTree(...train, "val/n1/val_1.JPEG", "val/n2/images/val_0.JPEG", "val/val_annotations.txt");
    const expected = ["val/n1/val_1.JPEG 0", "val/n2/images/val_0.JPEG 1"];
    assert.deepEqual(list(tree, loadImageFolder("folder", tree).val), expected);
  });

  it("has its wrong annotations named", () => {
    const failsAt = (line: string, message: string) => {
      const tree = makeTiny([...lines.slice(0, 2), line].join("\n"));
      fails(
        tree,
        `${join(tree, "val/val_annotations.txt: line 3")}: ${message.replace("DIR", join(tree, "val/images"))}`,
      );
    };
    failsAt("val_2.JPEG\tn3\t0", 'expected one of the 2 classes of the training split, found "n3"');
    failsAt("val_3.JPEG\tn1\t0", 'expected an image of DIR, found "val_3.JPEG"');
    failsAt("../val_annotations.txt\tn1", 'expected an image of DIR, found "../val_annotations.txt"');
    failsAt("val_0.JPEG\tn1", "expected each image once, found val_0.JPEG again");
    failsAt(`${"x".repeat(5000)}\tn1`, `expected an image of DIR, found "${"x".repeat(60)}…"`);
    failsAt(
      `val_2.JPEG\t${"\x1b".repeat(5000)}`,
      `expected one of the 2 classes of the training split, found "${"\\u001b".repeat(60)}…"`,
    );
    failsAt("val_2.JPEG n1", "expected a file and its class, separated by a tab");
    fails(
      makeTiny(lines.slice(0, 2).join("\n")),
      /val_2\.JPEG: expected a line for it in val_annotations\.txt, found none$/,
    );
    fails(makeTree(...train, "val/images/", "val/val_annotations.txt"), /val\/images: expected images, found none$/);
  });
});

describe("real images", () => {
  const realData = process.env["WEIGHT_SEARCH_DATA"] ?? "";
  const skipWithout = (name: string) =>
    !existsSync(join(realData, name)) && `WEIGHT_SEARCH_DATA does not name a folder with ${name}`;

  const sets = [
    ["tiny-imagenet20", 20, 10_000, 1_000],
    ["cifar10-images", 10, 50_000, 10_000],
  ] as const;
  for (const [name, classes, trainCount, valCount] of sets) {
    it(`lists ${name}`, { skip: skipWithout(name) }, () => {
      const data = loadImageFolder("folder", join(realData, name));
      assert.deepEqual([data.classNames.length, data.train.count, data.val.count], [classes, trainCount, valCount]);
      for (const part of [data.train, data.val]) {
        for (let label = 0; label < classes; label++) {
          assert.equal(part.labels.filter((found) => found === label).length, part.count / classes);
        }
        for (let i = 0; i < part.count; i += 97) assert.ok(existsSync(part.path(i)));
      }
    });
  }
});
