/** Prefixes that wrappers add to every name: DataParallel and DistributedDataParallel, Lightning, torch.compile. */
const PREFIXES = ["module.", "model.", "_orig_mod."];

/** Usual names of a classifier's tensors in files. */
const HEAD_TENSOR = /^(linear|fc|classifier|head)\.(weight|bias|alpha|qvals|scale)$/;

/**
 * Matches the tensors of a file to those of a network: the file's names by the network's. Equal names come first, then
 * the file's names without the prefixes of wrappers, its classifier under the network's name if the file has just one.
 * Each name is matched once.
 *
 * @param names of the tensors that the network can load
 * @param fileNames of the tensors in the file
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
