/** What wrappers put before every name: DataParallel and DistributedDataParallel, Lightning and others, torch.compile. */
const PREFIXES = ["module.", "model.", "_orig_mod."];

/** What networks call their classifier. */
const HEADS = ["linear", "fc", "classifier", "head"];
const HEAD_TENSOR = new RegExp(`^(${HEADS.join("|")})\\.(weight|bias|alpha|qvals)$`);

/** The name of the network's last layer among its tensors' names, such as "fc"; undefined when it has none we know. */
export function headOf(names: ReadonlySet<string>): string | undefined {
  return HEADS.find((head) => names.has(`${head}.weight`));
}

/**
 * Which tensor of a file stands for which of the network: the file's name by the network's. Equal names first; then
 * names of the file without the prefixes that wrappers add, and with the network's name for the classifier where the
 * file has just one, called otherwise. A name that is taken is not taken again.
 *
 * @param names what the network can take
 * @param fileNames what the file has
 */
export function matchNames(names: ReadonlySet<string>, fileNames: Iterable<string>): Map<string, string> {
  const all = [...fileNames];
  const matches = new Map(all.filter((name) => names.has(name)).map((name) => [name, name]));
  const renameHead = headRenamer(names, all);
  for (const fileName of all) {
    const name = strippedNames(fileName)
      .flatMap((stripped) => [stripped, renameHead(stripped)])
      .find((candidate) => names.has(candidate));
    if (name !== undefined && !matches.has(name)) matches.set(name, fileName);
  }
  return matches;
}

/** The name, then without one prefix, without two, … */
function strippedNames(name: string): string[] {
  const prefix = PREFIXES.find((candidate) => name.startsWith(candidate));
  return prefix === undefined ? [name] : [name, ...strippedNames(name.slice(prefix.length))];
}

function headRenamer(names: ReadonlySet<string>, fileNames: readonly string[]): (name: string) => string {
  const own = headOf(names);
  const inFile = new Set(fileNames.map((name) => HEAD_TENSOR.exec(strippedNames(name).at(-1) ?? "")?.[1]));
  inFile.delete(undefined);
  const [other] = inFile;
  if (own === undefined || other === undefined || inFile.size > 1 || other === own) return (name) => name;
  return (name) => (HEAD_TENSOR.exec(name)?.[1] === other ? own + name.slice(other.length) : name);
}
