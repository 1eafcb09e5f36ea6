import { recordBytes } from "../formats/cifar-batch.js";
import { type CifarVersion, hasCifar } from "./cifar-files.js";
import type { DatasetDownloadOptions } from "./definition.js";
import { type ArchiveSource, installArchive } from "./install-archive.js";

/** The binary version of a data set on the official page, https://www.cs.toronto.edu/~kriz/cifar.html */
export interface OfficialArchive extends Pick<ArchiveSource, "fileName" | "bytes" | "sha256"> {
  readonly version: CifarVersion;
}

const officialFolder = "https://www.cs.toronto.edu/~kriz/";

/**
 * Downloads CIFAR-10 or CIFAR-100 (about 170 MB, 184 MB unpacked) into `directory`, unless it is there and complete.
 *
 * Called again, it resumes an interrupted download. The official archive may also be put into `directory` by hand.
 * Only one process may download into a directory at a time.
 *
 * @param directory created if missing; `loadCifar` finds the files in it
 * @throws InputError, what `installArchive` throws
 */
export async function downloadCifar(
  { version, ...archive }: OfficialArchive,
  directory: string,
  { url, ...options }: DatasetDownloadOptions = {},
): Promise<void> {
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
