import { recordBytes } from "../formats/cifar-batch.js";
import { InputError } from "../text/errors.js";
import { type CifarVersion, hasCifar } from "./cifar-files.js";
import { cifar10 } from "./cifar10.js";
import { cifar100 } from "./cifar100.js";
import type { DownloadOptions } from "./download.js";
import { type ArchiveSource, installArchive } from "./install-archive.js";

/** The binary version of a data set on the official page, https://www.cs.toronto.edu/~kriz/cifar.html */
interface OfficialArchive extends Pick<ArchiveSource, "fileName" | "bytes" | "sha256"> {
  readonly version: CifarVersion;
}

const officialFolder = "https://www.cs.toronto.edu/~kriz/";

const archives = new Map<string, OfficialArchive>([
  [
    "cifar10",
    {
      version: cifar10,
      fileName: "cifar-10-binary.tar.gz",
      bytes: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    },
  ],
  [
    "cifar100",
    {
      version: cifar100,
      fileName: "cifar-100-binary.tar.gz",
      bytes: 168_513_733,
      sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    },
  ],
]);

export interface DatasetDownloadOptions extends DownloadOptions {
  /** A mirror of the official archive; its content is checked all the same. */
  readonly url?: string | undefined;
}

/**
 * Downloads CIFAR-10 or CIFAR-100 (about 170 MB, 184 MB unpacked) into `directory`, unless it is there and complete.
 *
 * Called again, it resumes an interrupted download. The official archive may also be put into `directory` by hand.
 * Only one process may download into a directory at a time.
 *
 * @param name `cifar10` or `cifar100`
 * @param directory created if missing; `loadCifar10` and `loadCifar100` find the files in it
 * @throws InputError for another name, and what `installArchive` throws
 */
export async function downloadDataset(
  name: string,
  directory: string,
  { url, ...options }: DatasetDownloadOptions = {},
): Promise<void> {
  const official = archives.get(name);
  if (official === undefined) {
    throw new InputError(`\`download\`: expected data set ${[...archives.keys()].join(" or ")}, found ${name}`);
  }
  const { version, ...archive } = official;
  if (hasCifar(version, directory)) return;
  const { folder, members } = binaryFiles(version);
  await installArchive(
    { ...archive, url: url ?? `${officialFolder}${archive.fileName}`, folder, members },
    directory,
    options,
  );
}

function binaryFiles(version: CifarVersion): Pick<ArchiveSource, "folder" | "members"> {
  const layout = version.layouts.find(({ encoding }) => encoding === "binary");
  if (layout === undefined) throw new RangeError(`Expected a binary layout of ${version.title}`);
  const perRecord = recordBytes(version.format);
  return {
    folder: layout.folder,
    members: [
      ...layout.trainFiles.map((name) => ({ name, bytes: version.trainFileRecords * perRecord })),
      { name: layout.valFile, bytes: version.valFileRecords * perRecord },
      { name: layout.namesFile, bytes: undefined },
    ],
  };
}
