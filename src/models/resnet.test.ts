import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { batchNorm, type Entries, shapesOf, weight } from "../../tests/support/state-entries.js";
import { noGrad } from "../tensor/autograd.js";
import { randn } from "../tensor/create.js";
import { contiguous } from "../tensor/shape.js";
import { scope } from "../tensor/tensor.js";
import { ResNet } from "./resnet.js";

type Depth = 18 | 34 | 50;

/** Blocks of each stage: table 1 of the paper. */
const BLOCKS = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3] };

interface Values {
  readonly first: number | null;
  readonly middle: number | null;
  readonly last: number | null;
}

const FLOAT: Values = { first: null, middle: null, last: null };

function entries(depth: Depth, { first, middle, last }: Values = FLOAT, numClasses = 1000): Entries {
  const made: Entries = { ...weight("conv1", [64, 3, 7, 7], first), ...batchNorm("bn1", 64) };
  let inChannels = 64;
  const layer = (conv: string, bn: string, shape: readonly [number, ...number[]]) =>
    Object.assign(made, weight(conv, shape, middle), batchNorm(bn, shape[0]));
  [64, 128, 256, 512].forEach((width, stage) => {
    const outChannels = depth === 50 ? 4 * width : width;
    for (let block = 0; block < (BLOCKS[depth][stage] ?? 0); block++) {
      const path = `layer${stage + 1}.${block}`;
      const shapes: (readonly [number, number, number, number])[] =
        depth === 50
          ? [
              [width, inChannels, 1, 1],
              [width, width, 3, 3],
              [outChannels, width, 1, 1],
            ]
          : [
              [width, inChannels, 3, 3],
              [width, width, 3, 3],
            ];
      shapes.forEach((shape, index) => {
        layer(`${path}.conv${index + 1}`, `${path}.bn${index + 1}`, shape);
      });
      if (block === 0 && (stage > 0 || depth === 50)) {
        layer(`${path}.downsample.0`, `${path}.downsample.1`, [outChannels, inChannels, 1, 1]);
      }
      inChannels = outChannels;
    }
  });
  return { ...made, ...weight("fc", [numClasses, inChannels], last), "fc.bias": [numClasses] };
}

// Of torchvision 0.14: sum(p.numel() for p in m.parameters()), len(m.state_dict()), and the SHA-256 of
// "\n".join(sorted(f"{k} [{','.join(map(str, v.shape))}]" for k, v in m.state_dict().items())).
const PUBLISHED = {
  18: {
    parameters: 11_689_512,
    tensors: 122,
    sha256: "1dfd6dd0f4563dd64bf0b2c5b76b21b742f75f6416cb08a96d49caa3b73d6606",
  },
  34: {
    parameters: 21_797_672,
    tensors: 218,
    sha256: "03099290a8bc654a6a16982867dd96576daaefa4a09affb76c1c60aa40bd4d70",
  },
  50: {
    parameters: 25_557_032,
    tensors: 320,
    sha256: "cdad83b1b7a3ebde16e50cc474e9a7cb23db4ed7e32a28d8f0b057eda9344cff",
  },
} as const;

for (const depth of [18, 34, 50] as const) {
  test(`resnet${depth}: names, shapes and number of parameters are torchvision's`, () => {
    scope(() => {
      const network = new ResNet({ depth, numClasses: 1000, search: null });
      const shapes = shapesOf(network);
      assert.deepEqual(shapes, entries(depth));
      const lines = Object.entries(shapes).map(([name, shape]) => `${name} [${shape}]`);
      const { parameters, tensors, sha256 } = PUBLISHED[depth];
      assert.equal(lines.length, tensors);
      assert.equal(createHash("sha256").update(lines.sort().join("\n")).digest("hex"), sha256);
      assert.equal(
        [...network.namedParameters()].reduce((total, [, { size }]) => total + size, 0),
        parameters,
      );
    });
  });
}

test("shortcuts are searched like other convolutions, the first and the last layer only when asked", () => {
  const values = [-1, 1];
  scope(() => {
    for (const [firstLayer, lastLayer] of [
      [false, true],
      [true, false],
    ] as const) {
      const network = new ResNet({ depth: 18, numClasses: 7, search: { values, firstLayer, lastLayer } });
      const expected = entries(18, { first: firstLayer ? 2 : null, middle: 2, last: lastLayer ? 2 : null }, 7);
      assert.deepEqual(shapesOf(network), expected);
    }
  });
  scope(() => {
    const network = new ResNet({ depth: 50, numClasses: 7, search: { values, firstLayer: false, lastLayer: false } });
    assert.deepEqual(shapesOf(network), entries(50, { ...FLOAT, middle: 2 }, 7));
    assert.equal([...network.namedSearchedWeights()].length, 52);
  });
});

test("images of any size from 32 pixels on give one logit a class, in training and in evaluation", () => {
  for (const depth of [18, 50] as const) {
    scope(() => {
      const network = new ResNet({ depth, numClasses: 7, search: null });
      for (const [mode, height, width] of [
        ["train", 32, 32],
        ["eval", 45, 64],
      ] as const) {
        const images = contiguous(randn([2, 3, height, width]), "channels_last");
        const logits = noGrad(() => network.forward(images, mode));
        assert.deepEqual(logits.shape, [2, 7]);
        assert.ok(logits.toArray().every(Number.isFinite));
      }
    });
  }
});

test("initial values: convolutions N(0, 2/fan-out), the last layer U(±1/√fan-in)", () => {
  scope(() => {
    const network = new ResNet({ depth: 18, numClasses: 100, search: null });
    const parameters = new Map(network.namedParameters());
    const moments = (name: string) => {
      const numbers = parameters.get(name)?.toArray() ?? [];
      assert.ok(numbers.length > 0, name);
      const square = numbers.reduce((total, x) => total + x * x, 0) / numbers.length;
      return { std: Math.sqrt(square), most: numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
    };
    const near = (actual: number, expected: number) => assert.ok(Math.abs(actual / expected - 1) < 0.03, `${actual}`);
    near(moments("conv1.weight").std, Math.sqrt(2 / (64 * 49)));
    near(moments("layer2.0.conv1.weight").std, Math.sqrt(2 / (128 * 9)));
    near(moments("layer4.0.downsample.0.weight").std, Math.sqrt(2 / 512));
    const bound = 1 / Math.sqrt(512);
    near(moments("fc.weight").most, bound);
    near(moments("fc.weight").std, bound / Math.sqrt(3));
    assert.ok(moments("fc.bias").most <= bound && moments("fc.bias").most > 0.9 * bound);
  });
});
