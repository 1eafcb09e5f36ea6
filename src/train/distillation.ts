import type { Module } from "../nn/module.js";
import type { RunSettings } from "../run/settings.js";
import { add, mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { distillationLoss } from "../tensor/loss.js";
import { scope, type Tensor } from "../tensor/tensor.js";

/**
 * Knowledge distillation: a run learns the outputs of a teacher beside its labels. With weight w and temperature T
 *
 *     L = (1 − w) · loss + w · T² · mean KL(softmax(z′ / T) ‖ softmax(z / T)),
 *
 * z the run's logits and z′ the teacher's, of the same images as augmented for the run. The teacher computes as in evaluation, with running
 * batch statistics and without gradients, and never changes: a step follows from its images alone, so a resumed run needs nothing of it.
 */
export class Distillation {
  readonly #teacher: Module;
  readonly #temperature: number;
  readonly #weight: number;

  constructor(
    teacher: Module,
    { teacherTemperature, teacherWeight }: Pick<RunSettings, "teacherTemperature" | "teacherWeight">,
  ) {
    this.#teacher = teacher;
    this.#temperature = teacherTemperature;
    this.#weight = teacherWeight;
  }

  /** The loss with the teacher's part: `loss`, a scalar, of logits `[N, C]` and their images `[N, …]`. */
  blend(loss: Tensor, logits: Tensor, images: Tensor): Tensor {
    const teacherLogits = scope(() => noGrad(() => this.#teacher.forward(images, "eval")));
    const distilled = distillationLoss(logits, teacherLogits, this.#temperature);
    return add(mul(loss, 1 - this.#weight), mul(distilled, this.#weight));
  }
}
