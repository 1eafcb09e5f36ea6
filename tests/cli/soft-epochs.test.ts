// A recipe's soft epochs from the command line: soft first, then hard, and said so.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-soft-epochs-"));
after(() => rmSync(workDir, { recursive: true }));

function trained(softEpochs: number, ...flags: string[]) {
  const recipe = join(workDir, `soft-${softEpochs}.json`);
  writeFileSync(
    recipe,
    JSON.stringify({
      ...{ init_lr: 0.05, weight_decay: 5e-4, momentum: 0.9, batch_size: 16, epochs: 10, lr_scheduler: "Cos" },
      // Of ten: --epochs 2 takes their share.
      ...{ optim: { logits: { lr_unit: "float" } }, logit_init: "normal", soft_epochs: 5 * softEpochs },
    }),
  );
  const { directory, stdout } = shortRun(
    workDir,
    ...["--train-json", recipe, "--epochs", "2", "-q", "--quant-json", "1b", ...flags],
  );
  const losses = readMetrics(join(directory, "metrics.jsonl")).map(({ train }) => train.loss);
  return { stdout, losses };
}

test("one soft epoch of two is that of a soft run, the other one is hard", () => {
  const [hard, mixed, soft] = [trained(0), trained(1), trained(0, "--soft")];
  assert.match(hard.stdout, /^resnet20, hard search of /);
  assert.match(mixed.stdout, /^resnet20, soft, then hard search of /);
  assert.match(soft.stdout, /^resnet20, soft search of /);
  assert.equal(mixed.losses[0], soft.losses[0]);
  assert.notEqual(mixed.losses[0], hard.losses[0]);
  assert.notEqual(mixed.losses[1], soft.losses[1]);
});

test("as many soft epochs as there are make a soft run", () => {
  const { stdout, losses } = trained(2);
  assert.match(stdout, /^resnet20, soft search of /);
  assert.deepEqual(losses, trained(0, "--soft").losses);
});
