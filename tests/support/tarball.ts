import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { ArchiveSource } from "../../src/data/install-archive.js";

/** An entry of a tar archive as its header says, however unreasonable. */
export interface TarEntry {
  readonly path: string;
  readonly content?: Uint8Array | string;
  /** The type flag: "0" a file, "1" a hard link, "2" a symbolic link, "3" a device, "5" a folder. */
  readonly type?: string;
  readonly linkPath?: string;
  /** The size the header states, where it is not the content's. */
  readonly size?: number;
}

/** A `.tar.gz` archive with just these entries in the ustar format, nothing checked or cleaned. */
export function tarball(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? "");
    return [header(entry, content.length), content, Buffer.alloc(-content.length & 511)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** An archive of these bytes, from this server, that is to hold set/a.bin of 5 bytes and set/names.txt. */
export function setSource(bytes: Uint8Array, server: string): ArchiveSource {
  return {
    url: `${server}/set.tar.gz`,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    fileName: "set.tar.gz",
    folder: "set",
    members: [
      { name: "a.bin", bytes: 5 },
      { name: "names.txt", bytes: undefined },
    ],
  };
}

function header({ path, type = "0", linkPath = "", size }: TarEntry, contentBytes: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, at);
  block.write(path, 0, 100);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size ?? contentBytes, 124, 11);
  octal(0, 136, 11);
  block.fill(" ", 148, 156);
  block.write(type, 156);
  block.write(linkPath, 157, 100);
  block.write("ustar\x0000", 257, "latin1");
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return block;
}
