import { readFileSync } from "node:fs";
import { BadImageError } from "./bad-image-error.js";
import type { ImageSource } from "./image-source.js";
import { decodesJpeg, JpegSource, readJpegHeader } from "./jpeg-source.js";
import { openBySharp } from "./sharp-source.js";

/**
 * Opens an image from the bytes of its file: JPEG by libjpeg-turbo where the addon has it, everything else by sharp.
 * Colours are those of Pillow's `convert("RGB")`; the EXIF orientation is ignored, as in torchvision's loader.
 *
 * @param name the file, for errors
 * @throws BadImageError if it is empty, not an image, has a damaged header or more than `maxPixels` pixels
 */
export async function openImage(bytes: Uint8Array, name: string): Promise<ImageSource> {
  if (bytes.length === 0) throw new BadImageError(name, "expected an image, found an empty file");
  if (isJpeg(bytes) && decodesJpeg()) {
    const header = readJpegHeader(bytes, name);
    if (header.colour === "grey" || header.colour === "rgb") return new JpegSource(bytes, name, header);
  }
  return await openBySharp(bytes, name);
}

/** Opens an image file like `openImage`. Throws BadImageError also if the file cannot be read. */
export async function openImageFile(path: string): Promise<ImageSource> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new BadImageError(path, error instanceof Error ? error.message : String(error));
  }
  return await openImage(bytes, path);
}

/** Detects JPEG by its start marker and the first byte of the next marker. */
function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}
