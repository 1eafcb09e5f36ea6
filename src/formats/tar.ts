import { join } from "node:path";
import { extract, type ReadEntry } from "tar";
import { look, reason } from "../system/file-access.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";

/** A file that an archive must have. */
export interface ArchiveMember {
  readonly name: string;
  /** Its size; undefined for a text file of up to 64 KiB. */
  readonly bytes: number | undefined;
}

const maxTextBytes = 2 ** 16;
const plainTypes = new Set(["File", "OldFile", "ContiguousFile", "Directory"]);

/**
 * Unpacks the named files of one folder of a `.tar.gz` archive, and nothing else.
 *
 * Other files are skipped. Links, devices and paths that lead out of the archive are refused.
 *
 * @param archive the archive's path
 * @param folder the folder in the archive that has the files
 * @param members the files of that folder that are unpacked
 * @param target an empty folder, in which `folder` is made
 * @throws InputError naming the archive and what is wrong: damaged, refused, a file missing or of another size, or no
 *   space to unpack it; some files may have been unpacked then
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  members: readonly ArchiveMember[],
  target: string,
): Promise<void> {
  const byPath = new Map(members.map((member) => [`${folder}/${member.name}`, member]));
  let refusal: string | undefined;
  const wanted = (entry: ReadEntry): boolean => {
    const problem = refuse(entry, byPath.get(entry.path));
    refusal ??= problem;
    return problem === undefined && entry.type !== "Directory" && byPath.has(entry.path);
  };
  try {
    await ended(
      extract({
        file: archive,
        cwd: target,
        strict: true,
        preserveOwner: false,
        noMtime: true,
        filter: (_, entry) => wanted(entry as ReadEntry),
      }),
    );
  } catch (error) {
    throw new InputError(`${archive}: cannot be unpacked into ${target}: ${reason(error)}`, { cause: error });
  }
  if (refusal !== undefined) throw new InputError(`${archive}: ${refusal}`);
  for (const [path, { bytes }] of byPath) {
    const found = look(join(target, path))?.size;
    if (found === undefined) throw new InputError(`${archive}: expected ${path} in it, found none`);
    if (bytes !== undefined && found !== bytes) throw new InputError(`${archive}: ${sizeProblem(path, bytes, found)}`);
  }
}

/** Rejects if nothing is left that could settle the promise: the process would exit silently. */
async function ended(work: Promise<void>): Promise<void> {
  let onNothingLeft = (): void => undefined;
  const nothingLeft = new Promise<never>((_, reject) => {
    onNothingLeft = () => reject(new Error("unpacking never finishes"));
    process.once("beforeExit", onNothingLeft);
  });
  try {
    await Promise.race([work, nothingLeft]);
  } finally {
    process.off("beforeExit", onNothingLeft);
  }
}

/** Why an entry must not be in such an archive; undefined if it may. */
function refuse({ path, type, size, linkpath = "" }: ReadEntry, member: ArchiveMember | undefined): string | undefined {
  if (!plainTypes.has(type)) return `expected only files and folders in it, found ${quote(path)}, a ${type}`;
  // A PAX header can give any entry a link; tar never finishes extracting a file that has one.
  if (linkpath !== "")
    return `expected only files and folders in it, found ${quote(path)}, a link to ${quote(linkpath)}`;
  if (path.startsWith("/") || path.split("/").includes("..")) {
    return `expected only paths inside it, found ${quote(path)}`;
  }
  if (member === undefined) return undefined;
  if (member.bytes !== undefined) return size > member.bytes ? sizeProblem(path, member.bytes, size) : undefined;
  return size > maxTextBytes
    ? `expected ${path} of at most ${maxTextBytes} bytes in it, found one of ${size}`
    : undefined;
}

function sizeProblem(path: string, expected: number, found: number): string {
  return `expected ${path} of ${expected} bytes in it, found one of ${found}`;
}
