// Optimizers beside torch.optim on the same LibTorch, where the system's Python has it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { AdamW } from "../src/optim/adamw.js";
import type { Optimizer } from "../src/optim/optimizer.js";
import { Sgd } from "../src/optim/sgd.js";
import { mul } from "../src/tensor/arithmetic.js";
import { tensor } from "../src/tensor/create.js";
import { sum } from "../src/tensor/reduce.js";
import { scope, type Tensor } from "../src/tensor/tensor.js";
import { spread } from "./support/gradient.js";
import { assertNear } from "./support/near.js";

const PYTHON = "/usr/bin/python3";
const STEPS = 20;
const SIZE = 60;
const START = spread(SIZE, 7);
/** Of very different sizes, as gradients are. */
const GRADIENTS = Array.from({ length: STEPS }, (_, step) =>
  spread(SIZE, 3 * step + 1).map((value, index) => Math.fround(value * 10 ** ((index % 7) - 4))),
);
const RATES = GRADIENTS.map((_, step) => 0.02 / (1 + step));

const SCRIPT = `
import json, sys, torch
given = json.load(sys.stdin)
results = []
for name, options in given["optimizers"]:
    x = torch.nn.Parameter(torch.tensor(given["start"], dtype=torch.float32))
    optimizer = getattr(torch.optim, name)([x], lr=1.0, **options)
    for gradient, rate in zip(given["gradients"], given["rates"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        x.grad = torch.tensor(gradient, dtype=torch.float32)
        optimizer.step()
    results.append(x.tolist())
print(json.dumps(results))
`;

const OPTIMIZERS: readonly [
  name: string,
  torch: readonly [string, Record<string, unknown>],
  create: (x: Tensor) => Optimizer,
][] = [
  [
    "SGD with Nesterov's momentum",
    ["SGD", { momentum: 0.9, nesterov: true, weight_decay: 0.01 }],
    (x) => new Sgd([x], [], { momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  ],
  [
    "SGD with momentum",
    ["SGD", { momentum: 0.9, weight_decay: 0.01 }],
    (x) => new Sgd([x], [], { momentum: 0.9, weightDecay: 0.01 }),
  ],
  [
    "AdamW",
    ["AdamW", { betas: [0.9, 0.99], eps: 1e-7, weight_decay: 0.05 }],
    (x) => new AdamW([x], [], { beta2: 0.99, epsilon: 1e-7, weightDecay: 0.05 }),
  ],
];

const torch = spawnSync(PYTHON, ["-c", SCRIPT], {
  input: JSON.stringify({
    optimizers: OPTIMIZERS.map(([, each]) => each),
    start: START,
    gradients: GRADIENTS,
    rates: RATES,
  }),
  encoding: "utf8",
});
const expected = torch.status === 0 ? (JSON.parse(torch.stdout) as number[][]) : null;
const skip = expected === null ? `${PYTHON} has no torch` : false;

OPTIMIZERS.forEach(([name, , create], number) => {
  test(`${STEPS} steps of ${name} are those of torch.optim`, { skip }, () => {
    const x = tensor(START);
    x.requiresGrad = true;
    const optimizer = create(x);
    GRADIENTS.forEach((gradient, step) => {
      scope(() => {
        optimizer.clearGradients();
        sum(mul(x, tensor(gradient))).backward();
        optimizer.step(RATES[step] ?? 0);
      });
    });
    assert.ok(expected);
    assertNear(x.toArray(), expected[number] ?? [], { relative: 1e-6, absolute: 1e-7 });
  });
});
