/** A command line whose beginning is measured. */
export interface StartupCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  /** Whether it computes with tensors; where not, loading LibTorch is a second lost. */
  readonly needsAddon: boolean;
  /** The measurement ends at a line that begins so; without it, when the command does. */
  readonly untilLine?: string;
}

/** The search of a small network over made-up images, one batch. */
export const SHORT_TRAINING = [
  ...["train", "-d", "synthetic", "-a", "resnet20", "--train-json", "synthetic"],
  ...["--quantize-network", "--quant-json", "1b", "--epochs", "1", "--limit-batches", "1"],
];

/** What is measured, given a run's directory and where a figure may be written. */
export function startupCommands(run: string, figure: string): readonly StartupCommand[] {
  const light = (name: string, args: readonly string[], exitCode = 0): StartupCommand => {
    return { name, args, exitCode, needsAddon: false };
  };
  const helped = ["train", "evaluate", "summary", "plot", "report"];
  return [
    light("--help", ["--help"]),
    light("--version", ["--version"]),
    ...helped.map((command) => light(`${command} --help`, [command, "--help"])),
    light("train --wrong (an error)", ["train", "--wrong"], 2),
    light("report RUN", ["report", run]),
    light("plot RUN -o figure.svg", ["plot", run, "-o", figure]),
    { name: "summary -a resnet20", args: ["summary", "-a", "resnet20"], exitCode: 0, needsAddon: true },
    {
      name: "train, until the network is built",
      args: [...SHORT_TRAINING, "--no-save"],
      exitCode: 0,
      needsAddon: true,
      untilLine: "resnet20, ",
    },
    {
      name: "train, until the first step is done",
      args: [...SHORT_TRAINING, "--no-save", "--verbose"],
      exitCode: 0,
      needsAddon: true,
      untilLine: "train 1/1",
    },
  ];
}
