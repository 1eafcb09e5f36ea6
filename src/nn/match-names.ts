/** What wrappers put before every name: DataParallel and DistributedDataParallel, Lightning and others, torch.compile. */
const PREFIXES = ["module.", "model.", "_orig_mod."];

/** What files call the tensors of a classifier. */
const HEAD_TENSOR = /^(linear|fc|classifier|head)\.(weight|bias|alpha|qvals)$/;

/**
 * Which tensor of a file stands for which of the network: the file's name by the network's. Equal names first; then
 * names of the file without the prefixes that wrappers add, and with the network's name for the classifier where the
 * file has just one, called otherwise. A name that is taken is not taken again.
 *
 * @param names what the network can take
 * @param fileNames what the file has
 * @param classifier the path of the network's classifier, such as "fc"; undefined where it has none
 */
export function matchNames(
  names: ReadonlySet<string>,
  fileNames: Iterable<string>,
  classifier: string | undefined,
): Map<string, string> {
  const all = [...fileNames];
  const matches = new Map(all.filter((name) => names.has(name)).map((name) => [name, name]));
  const renameHead = headRenamer(classifier, all);
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

function headRenamer(own: string | undefined, fileNames: readonly string[]): (name: string) => string {
  const inFile = new Set(fileNames.map((name) => HEAD_TENSOR.exec(strippedNames(name).at(-1) ?? "")?.[1]));
  inFile.delete(undefined);
  const [other] = inFile;
  if (own === undefined || other === undefined || inFile.size > 1 || other === own) return (name) => name;
  return (name) => (HEAD_TENSOR.exec(name)?.[1] === other ? own + name.slice(other.length) : name);
}
