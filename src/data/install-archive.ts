import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ArchiveMember, unpackArchive } from "../formats/tar.js";
import { look, unwritable } from "../system/file-access.js";
import { makeDirectory } from "../system/make-directory.js";
import { sha256Of } from "../system/sha256.js";
import { InputError } from "../text/errors.js";
import { type DownloadOptions, downloadFile, type ExpectedFile } from "./download.js";

/** An archive to download, and the files to take from it. */
export interface ArchiveSource extends ExpectedFile {
  /** The name of the archive's file. */
  readonly fileName: string;
  /** The folder of the archive that holds the files, and the name of the folder they are unpacked to. */
  readonly folder: string;
  readonly members: readonly ArchiveMember[];
}

/**
 * Downloads an archive into `directory`, which is created if missing, and unpacks its files into a folder there.
 *
 * An archive that is there already is used and kept; a downloaded one is removed once it is unpacked. The files appear
 * only when all are unpacked and checked.
 *
 * @throws InputError if the archive cannot be downloaded or has other content, or something cannot be written
 */
export async function installArchive(
  source: ArchiveSource,
  directory: string,
  options: DownloadOptions = {},
): Promise<void> {
  const archive = join(directory, source.fileName);
  makeFolder(directory);
  const wasThere = look(archive) !== undefined;
  if (wasThere) await checkArchive(source, archive);
  else await downloadFile(source, archive, options);
  await unpackInto(source, archive, directory);
  if (!wasThere) rmSync(archive, { force: true });
}

async function checkArchive({ bytes, sha256 }: ArchiveSource, archive: string): Promise<void> {
  const advice = "remove it to have it fetched again";
  const found = look(archive);
  if (!found?.isFile()) throw new InputError(`${archive}: expected an archive, found something else; ${advice}`);
  if (found.size !== bytes) {
    throw new InputError(`${archive}: expected an archive of ${bytes} bytes, found ${found.size}; ${advice}`);
  }
  const digest = await sha256Of(archive);
  if (digest !== sha256) {
    throw new InputError(`${archive}: expected an archive of SHA-256 ${sha256}, found ${digest}; ${advice}`);
  }
}

/** Unpacks into a temporary folder first. If the target exists, perhaps as a link, its files are replaced. */
async function unpackInto({ folder, members }: ArchiveSource, archive: string, directory: string): Promise<void> {
  const place = join(directory, folder);
  const exists = look(place) !== undefined;
  const temporary = makeTemporary(exists ? place : directory);
  try {
    await unpackArchive(archive, folder, members, temporary);
    const unpacked = join(temporary, folder);
    if (!exists) move(unpacked, place);
    else for (const name of readdirSync(unpacked)) move(join(unpacked, name), join(place, name));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function makeFolder(path: string): void {
  try {
    makeDirectory(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function makeTemporary(parent: string): string {
  try {
    return mkdtempSync(join(parent, ".unpacking-"));
  } catch (error) {
    throw unwritable(parent, error);
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw unwritable(to, error);
  }
}
