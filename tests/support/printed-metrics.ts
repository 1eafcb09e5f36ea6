// What `train` prints of validations, loss and top-1: "2.3471 11.10".

/** Of the model that a run starts from, as its line prints them. */
export function startedFrom(stdout: string): string[] {
  return [...stdout.matchAll(/^before training: val loss (\S+) top-1 +([\d.]+)%/gm)].map(
    ([, loss, top1]) => `${loss} ${top1}`,
  );
}

/** Of each epoch, as its row prints them. */
export function validated(stdout: string): string[] {
  // Behind them stand top-5, of more than five classes, and the time.
  const behind = stdout.includes("top-5%") ? 2 : 1;
  const rows = stdout.match(/^ +\d+\/\d+ .*$/gm) ?? [];
  return rows.map((row) => {
    const cells = row.replace(/ s$/, "").trim().split(/ +/);
    const [loss, top1 = ""] = cells.slice(-behind - 2, -behind);
    return `${loss} ${top1.replace("*", "")}`;
  });
}
