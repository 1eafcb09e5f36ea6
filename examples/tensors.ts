// Tensors of LibTorch: fits w and b of y = x·w + b by gradient descent, then calls an operator by its name.
//   node dist/examples/tensors.js [steps]
import {
  add,
  manualSeed,
  matmul,
  mseLoss,
  mul,
  noGrad,
  randn,
  scope,
  subInPlace,
  tensor,
  tensorOperator,
  zeros,
} from "weight-search/tensor";

const steps = Number(process.argv[2] ?? 200);
manualSeed(0);
const x = randn([64, 2]);
const y = add(matmul(x, tensor([2, -3], [2, 1])), 0.5);
const [w, b] = [zeros([2, 1]), zeros([1])];
for (const parameter of [w, b]) parameter.requiresGrad = true;

for (let step = 1; step <= steps; step++) {
  // A scope frees what was made in it when it ends: no tensor waits for the garbage collector.
  const loss = scope(() => {
    for (const parameter of [w, b]) parameter.clearGrad();
    const error = mseLoss(add(matmul(x, w), b), y);
    error.backward();
    noGrad(() => {
      for (const parameter of [w, b]) if (parameter.grad) subInPlace(parameter, mul(parameter.grad, 0.1));
    });
    return error.item();
  });
  if (step % 50 === 0) console.log(`step ${step}: loss ${loss.toExponential(1)}`);
}
const round = tensorOperator("aten::round", "decimals");
console.log(`w = [${round(w, 2).toArray()}], b = ${round(b, 2).toArray()}`);
