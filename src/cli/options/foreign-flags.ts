import type { Option } from "commander";
import { KEY_PATHS } from "../../config/training-keys.js";

/** Flags of timm, torchvision's references, Lightning and transformers, by what they are called here; several names are told apart by commas. */
const FOREIGN: Readonly<Record<string, string>> = {
  "--lr": "--learning-rate, --base-lr, --lr-base, --init-lr, --learning-rate-init",
  "--weight-decay": "--wd, --l2, --decay",
  "--optimizer": "--opt, --optim",
  "--batch-size": "-b, --bs, --batch, --train-batch-size, --per-device-train-batch-size",
  "--epochs": "-e, --epoch, --num-epochs, --n-epochs, --max-epochs, --num-train-epochs",
  "--arch": "-m, --arch-name, --model, --model-name, --network, --net",
  "--dataset": "--data, --dataset-name",
  "--path": "--data-dir, --data-path, --data-root, --dataset-dir, --dataset-path, --root",
  "--download": "--dataset-download",
  "--workers": "-j, --num-workers, --dataloader-num-workers",
  "--work-dir": "--output, --output-dir, --out-dir, --save-dir, --log-dir, --default-root-dir",
  "--load-model-state": "--pretrained, --weights, --checkpoint, --initial-checkpoint, --load, --finetune",
  "--resume": "--ckpt-path, --resume-from, --resume-from-checkpoint",
  "--train-json": "-c, --config, --recipe, --training-config",
  "--quant-json": "--value-set, --values",
  "--precision": "--amp, --fp16, --bf16, --mixed-precision",
  "--device": "--accelerator, --cuda",
  "--nproc-per-node": "--gpus, --devices, --nproc, --num-processes, --world-size, --distributed-world-size",
  "--sync-bn": "--sync-batchnorm",
  "--val-split": "--validation-split, --val-fraction",
  "--limit-batches": "--limit-train-batches, --max-batches",
  "--teacher": "--kd-model-name, --distill-model, --teacher-path, --teacher-checkpoint",
  "--teacher-arch": "--teacher-model, --kd-arch",
  "--teacher-temperature": "--kd-temperature, --distillation-tau",
  "--teacher-weight": "--kd-weight, --distillation-alpha, --kd-loss-weight",
  "--set label_smoothing=": "--smoothing",
  "--set lr_scheduler=": "--sched, --scheduler",
  "--set eta_min=": "--min-lr, --lr-min",
  "--set warmup_epochs=": "--lr-warmup-epochs, --warmup",
  "--set optim.clip_norm=": "--clip-grad, --gradient-clip-val, --max-grad-norm",
  "--set optim.accumulate=": "--grad-accum-steps, --accumulate-grad-batches, --gradient-accumulation-steps",
  "--set optim.ema=": "--model-ema, --model-ema-decay, --ema-decay",
  "--patience": "--early-stopping-patience, --patience-epochs",
  "--set gamma=": "--lr-gamma, --decay-rate",
  "--set milestones=": "--lr-milestones, --decay-milestones",
};

/** Flags of other programs, with ours. */
export const BY_NAME = new Map(
  Object.entries(FOREIGN).flatMap(([flag, names]) => names.split(", ").map((name) => [name, flag] as const)),
);

/**
 * What a flag that other programs have is called here: `--batch-size` for `--bs`, `--set momentum=<value>` for `--momentum`; `undefined`
 * where this command has nothing of the kind.
 * @param typed as typed, perhaps with its value: `--bs=128`, `-b128`
 */
export function knownFlag(typed: string, options: readonly Option[]): string | undefined {
  const name = typed.startsWith("--") ? longName(typed) : typed.slice(0, 2);
  const candidates = [name, BY_NAME.get(name) ?? "", ...settingOf(name)];
  const found = candidates.find((flag) => options.some(({ long, hidden }) => long === flag.split(" ")[0] && !hidden));
  return found?.endsWith("=") ? `${found}<value>` : found;
}

/** `--data.batch_size=128` of Lightning as `--batch-size`. */
function longName(typed: string): string {
  const [flag = ""] = typed.split("=", 1);
  return `--${flag.slice(flag.lastIndexOf(".") + 1).replace(/^--/, "")}`.replaceAll("_", "-");
}

/** A flag that has the name of a key of the training config: `--momentum`, `--lr-scale`. */
function settingOf(name: string): string[] {
  const key = name.replace(/^--/, "").replaceAll("-", "_");
  const path = KEY_PATHS.has(key) ? key : [...KEY_PATHS.keys()].findLast((each) => each.endsWith(`.${key}`));
  return path === undefined ? [] : [`--set ${path}=`];
}
