import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeSynthetic } from "../data/synthetic.js";
import { readRunConfig } from "../run/config.js";
import type { Logger } from "../run/logger.js";
import { train } from "./train.js";

const root = mkdtempSync(join(tmpdir(), "mixed-"));
after(() => rmSync(root, { recursive: true }));

const data = makeSynthetic({ seed: 1, trainCount: 16, valCount: 4 });
const LISTS = { train: [{ name: "ToTensor" }], val: [{ name: "ToTensor" }] };

function transformFile(name: string, more: object): string {
  const path = join(root, name);
  writeFileSync(path, JSON.stringify({ ...LISTS, ...more }));
  return path;
}

async function run(workDir: string, transforms: string, loggers: readonly Logger[] = []): Promise<string> {
  const { directory } = await train({
    ...{ network: "resnet20", data, threads: 1, epochs: 2, note: () => undefined, transforms, loggers },
    ...{ workDir: join(root, workDir), quantize: true, values: [-1, 1] },
    config: { init_lr: 0.05, weight_decay: 1e-4, momentum: 0.9, epochs: 2, batch_size: 4, lr_scheduler: "Cos" },
  });
  return directory ?? assert.fail();
}

const state = (directory: string) => readFileSync(join(directory, "state.safetensors")).toString("base64");

test("a run records its batch transforms and is bit-exact when it is resumed without their file", async () => {
  const batch = [{ name: "MixUp", args: { alpha: 0.4 } }, { name: "CutMix" }];
  const path = transformFile("mixed.json", { batch });
  const whole = await run("whole", path);
  assert.notEqual(state(await run("plain", transformFile("plain.json", {}))), state(whole));
  const { settings } = readRunConfig(join(whole, "config.json"));
  assert.deepEqual((settings.get("transforms") as { batch?: unknown }).batch, {
    transforms: [
      { name: "MixUp", alpha: 0.4 },
      { name: "CutMix", alpha: 1 },
    ],
    offEpochs: 0,
  });
  let steps = 0;
  const stopInSecondEpoch: Logger = {
    step: ({ pass, epoch }) => {
      if (pass === "train" && epoch === 2 && ++steps === 2) process.kill(process.pid, "SIGTERM");
    },
  };
  const stopped = await run("stopped", path, [stopInSecondEpoch]);
  rmSync(path);
  await train({ resume: stopped, data, note: assert.fail });
  assert.equal(state(stopped), state(whole));
});
