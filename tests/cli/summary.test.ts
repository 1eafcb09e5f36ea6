import assert from "node:assert/strict";
import { test } from "node:test";
import { networks } from "../../src/models/registry.js";
import { assertRefused, weightSearch } from "../support/command.js";

function summary(...args: string[]): string {
  const { code, stdout, stderr } = weightSearch(["summary", ...args]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout;
}

test("the widest table fits a terminal of 130 columns", () => {
  const text = summary("-a", "resnet50", "-q", "--quant-json", "po2-4b", "--quantize-first-layer");
  assert.ok(text.split("\n").every((line) => line.length <= 130));
  assert.match(text, /^resnet50: 1000 classes, images \[3, 224, 224\], weights searched over 16 values$/m);
  assert.match(
    text,
    /^layer4\.0\.downsample\.0 +Conv2d +\[2048, 1024, 1, 1\] +\[2048, 7, 7\] +2,097,152 +16 values +4 /m,
  );
  assert.match(text, /^total +25,557,032 /m);
});

test("without other flags: the float network, for the data it was published for", () => {
  const text = summary("-a", "vgg_small");
  assert.match(text, /^vgg_small: 10 classes, images \[3, 32, 32\], float weights$/m);
  assert.match(text, /^parameters +4,660,106$/m);
});

test("--json is one object, --markdown a table", () => {
  const { layers, ...rest } = JSON.parse(summary("-q", "--quant-json", "[-1,0,1]", "-d", "cifar100", "--json"));
  assert.equal(layers.length, 20);
  assert.deepEqual(layers[1].values, [-1, 0, 1]);
  assert.deepEqual([rest.arch, rest.numClasses, rest.imageSize], ["resnet20", 100, 32]);
  assert.deepEqual(rest.search, { values: [-1, 0, 1], firstLayer: false, lastLayer: false });
  assert.match(summary("--markdown"), /^\| layer +\| kind +\|.*\n\| -+ \|/m);
});

test("classes and image size come from the flags, else from the data set", () => {
  const headline = (...args: string[]) => summary(...args).split("\n", 1)[0];
  assert.equal(headline("-a", "resnet18", "-d", "cifar10"), "resnet18: 10 classes, images [3, 32, 32], float weights");
  assert.equal(
    headline("-a", "resnet18", "--num-classes", "1", "--image-size", "45"),
    "resnet18: 1 class, images [3, 45, 45], float weights",
  );
  assert.equal(
    headline("-d", "imagenet", "--image-size", "64"),
    "resnet20: 1000 classes, images [3, 64, 64], float weights",
  );
});

const CASES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  ["an unknown network", ["-a", "resnet19"], /-a\/--arch: expected one of .*"resnet19"; did you mean "resnet18"\?/],
  ["an unknown data set", ["-d", "cifar"], /-d\/--dataset: expected one of synthetic, .*"cifar".*--num-classes/],
  ["classes twice", ["-d", "cifar10", "--num-classes", "10"], /'--num-classes <n>' cannot be used with .*'-d, --data/],
  ["no classes", ["--num-classes", "0"], /--num-classes: expected a whole number from 1 to 30000, received "0"/],
  ["huge images", ["--image-size", "4096"], /--image-size: expected a whole number from 1 to 1024/],
  ["images too small", ["-a", "resnet50", "--image-size", "31"], /resnet50 expects images of at least 32×32 .*31×31/],
  ["images of another size", ["-a", "vgg_small", "-d", "imagenet"], /vgg_small expects images of 32×32 .*224×224/],
  ["one value", ["-q", "--quant-json", "[1]"], /value set "\[1\]": expected a list of 2 to 256 numbers, found 1/],
  ["a value twice", ["-q", "--quant-json", "[1, 1]"], /values\[1\].*which equals values\[0\]/],
  ["a NaN", ["-q", "--quant-json", "[NaN, 1]"], /line 1, column 2: expected a JSON value/],
  ["text", ["-q", "--quant-json", '["1", 2]'], /values\[0\]: expected a number .* found a string/],
  ["two formats", ["--json", "--markdown"], /'--json' cannot be used with option '--markdown'/],
  ["a flag of train", ["--soft"], /unknown option '--soft'/],
  ["an extra argument", ["resnet20"], /summary: expected only options, received "resnet20"/],
];

for (const [title, args, message] of CASES) {
  test(`${title}: one line, exit 2`, () => {
    assertRefused(["summary", ...args], message);
  });
}

test("--help names every network", () => {
  for (const command of ["train", "summary"]) {
    const { stdout } = weightSearch([command, "--help"]);
    const help = stdout.replace(/\s+/g, " ");
    assert.ok(help.replace(/\s+/g, " ").includes(`network: ${[...networks.keys()].join(", ")}, or ./file.js`), help);
  }
});
