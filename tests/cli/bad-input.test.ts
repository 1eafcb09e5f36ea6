import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertRefused, weightSearch } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-bad-input-"));
after(() => rmSync(folder, { recursive: true }));

const RECIPE = { init_lr: 0.1, weight_decay: 0, momentum: 0.9, batch_size: 8, epochs: 1, lr_scheduler: "Cos" };

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function truncatedCifar(): string {
  const path = join(folder, "cifar");
  mkdirSync(path);
  for (const name of ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]) {
    writeFileSync(join(path, `${name}.bin`), new Uint8Array(3073 * 10));
  }
  return path;
}

const CASES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  ["a flag that is not a number", ["--temperature", "abc"], /--temperature: expected a number from .*, received "abc"/],
  [
    "a temperature of 0",
    ["-q", "--temperature", "0"],
    /--temperature: expected a number from 1e-30 to 1e\+30, received "0"/,
  ],
  ["a number out of range", ["--epochs", "0"], /--epochs: expected a whole number >= 1, received "0"/],
  ["a fraction", ["--batch-size", "1.5"], /--batch-size: expected a whole number/],
  ["an unknown flag", ["--epoch", "1"], /unknown option '--epoch'; did you mean --epochs\?\n/],
  ["a flag of other programs", ["--learning-rate", "1"], /unknown option '--learning-rate'; did you mean --lr\?\n/],
  ["a letter of other programs", ["-b", "128"], /unknown option '-b'; did you mean --batch-size\?\n/],
  ["a key of the config as a flag", ["--momentum=0"], /'--momentum=0'; did you mean --set momentum=<value>\?\n/],
  ["a key that there is none of", ["--set", "momentun=0"], /--set: expected a key .*; did you mean "momentum"\?\n/],
  ["a key's wrong value", ["--set", "epochs=x"], /option --set epochs: expected an integer ≥ 1, received "x"\n/],
  ["a key twice", ["--set", "gamma=1", "--set", "gamma=2"], /option --set: expected gamma once, received it twice\n/],
  ["a key by two flags", ["--lr", "1", "--set", "init_lr=1"], /option --lr: expected none with --set init_lr, which/],
  ["a teacher that is not there", ["--teacher", join(folder, "nowhere")], /option --teacher: .*nowhere: expected a/],
  ["a teacher's weight alone", ["--teacher-weight", "1"], /--teacher-weight says .*: expected --teacher with it\n/],
  ["a flag without its value", ["--seed"], /--seed <s>' argument missing/],
  ["an extra argument", ["resnet20"], /train: expected only options, received "resnet20"\n/],
  ["a list in pieces", ["-q", "--quant-json", "[-1,", "0,", "1]"], /received "0," "1\]"; put quotes around a list/],
  ["an unknown network", ["-a", "resnet21"], /-a\/--arch: expected one of .*"resnet21"; did you mean "resnet20"\?/],
  ["an empty path", ["-d", "cifar10", "-p", ""], /-p\/--path: expected a path, received ""/],
  ["an empty work directory", ["-o", ""], /-o\/--work-dir: expected a path, received ""/],
  ["an unknown data set", ["-d", "cifar"], /-d\/--dataset: expected one of synthetic, cifar10/],
  ["cifar10 without a folder", ["-d", "cifar10"], /-p\/--path: expected the folder/],
  [
    "a missing folder",
    ["-d", "cifar10", "-p", join(folder, "nowhere")],
    /nowhere: expected CIFAR-10's files, found no such folder/,
  ],
  [
    "a truncated CIFAR-10",
    ["-d", "cifar10", "-p", truncatedCifar()],
    /data_batch_1\.bin: expected 30730000 bytes.*found 30730/,
  ],
  ["a later stage from nothing", ["-q", "--active-bit", "1"], /--active-bit 1: expected --load-model-state/],
  [
    "a stage and a value set",
    ["-q", "--quant-json", "1b", "--active-bit", "0"],
    /--active-bit quantizes progressively/,
  ],
  ["stages and a value set", ["-q", "--quant-json", "1b", "--stages", "2"], /--stages quantizes progressively/],
  ["stages without -q", ["--stages", "2"], /--stages says how weights are searched: expected -q/],
  ["too many stages", ["-q", "--active-bit", "20", "--load-model-state", "x", "--stages", "12"], /stages up to 30/],
  ["--soft without -q", ["--soft"], /--soft says how weights are searched/],
  ["--temperature without -q", ["--temperature", "1"], /--temperature says how weights are searched: expected -q/],
  [
    "annealing out of float32's range",
    ["--train-json", file("hot.json", JSON.stringify({ ...RECIPE, temp: 1e300 }))],
    /hot\.json: temperature of epoch 1, by temp: expected a number from 1e-30 to 1e\+30, found 1e\+300/,
  ],
  ["a value twice", ["-q", "--quant-json", "[1,-1,1]"], /values\[2\].*which equals values\[0\]/],
  [
    "a recipe with an unknown key",
    ["--train-json", file("unknown-key.json", JSON.stringify({ ...RECIPE, epoch: 3 }))],
    /unknown-key\.json: key "epoch": expected a known key.*did you mean "epochs"\?/,
  ],
  ["a recipe cut off", ["--train-json", file("cut.json", '{"init_lr": 0.')], /cut\.json: line 1, column/],
  ["one value", ["-q", "--quant-json", "[1]"], /value set "\[1\]": expected a list of 2 to 256 numbers, found 1/],
  ["NaN as a value", ["-q", "--quant-json", "[NaN, 1]"], /line 1, column 2: expected a JSON value/],
  ["a string as a value", ["-q", "--quant-json", '["1", 2]'], /values\[0\]: expected a number .* found a string/],
  ["an unknown value set", ["-q", "--quant-json", "po2-2"], /po2-2: .*did you mean "po2-2b"\?/],
  ["an unknown device", ["--device", "gpu"], /--device: expected cpu, cuda/],
  ["a GPU that is not there", ["--gpu", "63"], /--gpu 63: /],
  ["two devices", ["--gpu", "0", "--device", "cpu"], /--gpu/],
  [
    "another value for bad images",
    ["--on-bad-image", "skipp"],
    /--on-bad-image: expected one of error, skip.*did you mean "skip"/,
  ],
  ["a model that is not there", ["--load-model-state", "none.pth"], /none\.pth: expected a safetensors file/],
  ["a download of what is built in", ["-d", "synthetic", "--download", "-p", folder], /--download/],
  ["a download to nowhere", ["-d", "cifar10", "--download"], /--download: expected -p\/--path/],
  ["a second process", ["--local_rank", "1"], /--local_rank: expected 0/],
  ["two recipes", ["--train-json", "a", "--training-json", "b"], /--train-json and --training-json/],
  [
    "a work directory that is a file",
    ["-o", file("file", ""), "--limit-batches", "1"],
    /file: expected a work directory/,
  ],
];

for (const [title, args, message] of CASES) {
  test(`${title}: one line, exit 2`, () => {
    const workDir = join(folder, "results");
    assertRefused(["train", "-o", workDir, ...args], message);
    assert.equal(existsSync(workDir), false);
  });
}

const RESULT = "train_loss,train_acc1,train_acc5,val_loss,val_acc1,val_acc5,train_time\n2.3,0.1,0.5,2.3,0.1,0.5,1\n";
const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

/** Of all commands; the name that a message is to show is in none of these a short and simple one. */
const NAMES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  [
    "a newline and an escape sequence in a name",
    ["report", "a\nb\x1b[31m"],
    /^error: a\\nb\\u001b\[31m: expected a run/,
  ],
  [
    "a name of 5000 characters",
    ["report", "x".repeat(5000)],
    /^error: x{1000,} … \(5\d\d\d characters\) … .*name too long/,
  ],
  ["a command of 100,000 characters", ["x".repeat(100_000)], /^error: unknown command 'x{1000,} … /],
  ["what never ends", ["report", "/dev/zero"], /^error: \/dev\/zero: expected a text file, found something else/],
  [
    "no name",
    ["plot", "", "-o", "x.svg"],
    /^error: : expected a run directory or a result\.csv, found no such file or directory/,
  ],
  [
    "a folder that is a file",
    ["plot", file("result.csv", RESULT), "-o", join(folder, "result.csv", "x.svg")],
    /x\.svg: expected a place that can be written, found not a directory/,
  ],
  [
    "a name too long to write",
    ["plot", file("results.csv", RESULT), "-o", join(folder, `${"y".repeat(300)}.svg`)],
    /y\.svg: expected a place that can be written, found name too long/,
  ],
  [
    "an image as a model",
    ["evaluate", file("model.pth", PNG), "-a", "resnet20", "-d", "synthetic"],
    /model\.pth: expected a safetensors file .* found one that starts with 89504e470d0a1a0a/,
  ],
  [
    "help about no command",
    ["help", "trian"],
    /expected a command, such as train or help train, received "help" "trian"/,
  ],
  ["a command of dashes", ["--"], /expected a command, such as train or help train, received "--"/],
];

for (const [title, args, message] of NAMES) {
  test(`${title}: one line, exit 2`, () => {
    assertRefused(args, message);
  });
}

test("an invalid number of threads in the environment is one line, exit 2, whatever needs them", () => {
  for (const args of [["train", "--no-save"], ["summary"]]) {
    const { code, stdout, stderr } = weightSearch(args, { OMP_NUM_THREADS: "many" });
    assert.equal(
      stderr,
      'error: environment variable OMP_NUM_THREADS: expected a whole number from 1 to 1024, found "many"\n',
    );
    assert.equal(stdout, "");
    assert.equal(code, 2);
  }
});

test("an unknown command is one line, exit 2", () => {
  const { code, stderr } = weightSearch(["trian"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: unknown command 'trian'[^\n]*\n$/);
});

test("a flag without a command before it is one line with advice, exit 2", () => {
  const { code, stderr } = weightSearch(["-a", "resnet20", "--epochs", "1"]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: unknown option '-a'; expected a command before flags, such as weight-search train -a\n$/,
  );
});

test("--help prints the flags", () => {
  const { code, stdout, stderr } = weightSearch(["train", "--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const flag of ["--arch", "--quant-json", "--soft", "--no-save", "--limit-batches"]) {
    assert.match(stdout, new RegExp(flag));
  }
});
