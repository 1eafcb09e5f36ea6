import { addon } from "../../tensor/addon.js";
import { hasErrorCode } from "../../tensor/addon-error.js";
import type { JpegInfo } from "../../tensor/addon-types.js";
import { BadImageError, checkPixelCount } from "./bad-image-error.js";
import { type ImageSource, type Region, reductionOf, wholeRegion } from "./image-source.js";
import type { Box } from "./pixels.js";

let decodes: boolean | undefined;

/** Whether the addon decodes JPEG files itself (it was built with libjpeg-turbo). */
export function decodesJpeg(): boolean {
  decodes ??= addon().versions().jpeg !== "none";
  return decodes;
}

/** The header of a JPEG file. Throws BadImageError with libjpeg's reason. */
export function readJpegHeader(bytes: Uint8Array, name: string): JpegInfo {
  return namingFile(name, () => addon().jpegInfo(bytes));
}

/**
 * A JPEG file in grey or RGB (YCbCr), of which only the requested region is decoded: bit-exact with that region of a
 * full decode, and with Pillow on the same libjpeg-turbo.
 *
 * Damage in what was decoded is an error; damage past it goes unnoticed, unless the file lacks the end marker.
 */
export class JpegSource implements ImageSource {
  readonly width: number;
  readonly height: number;
  readonly #bytes: Uint8Array;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string, header: JpegInfo) {
    checkPixelCount(name, header.width, header.height);
    this.width = header.width;
    this.height = header.height;
    this.#bytes = bytes;
    this.#name = name;
  }

  region(box: Box, minWidth: number, minHeight: number): Region {
    const scale = reductionOf(box, minWidth, minHeight);
    // Whole pixels of the reduced image that cover the box.
    const x = Math.floor(box.x / scale);
    const y = Math.floor(box.y / scale);
    const width = Math.ceil((box.x + box.width) / scale) - x;
    const height = Math.ceil((box.y + box.height) / scale) - y;
    const data = namingFile(this.#name, () => addon().decodeJpeg(this.#bytes, x, y, width, height, scale));
    if (scale === 1) return wholeRegion({ width, height, data });
    const covered = {
      x: box.x / scale - x,
      y: box.y / scale - y,
      width: box.width / scale,
      height: box.height / scale,
    };
    return { width, height, data, box: covered };
  }
}

function namingFile<Result>(name: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (!hasErrorCode(error, "ERR_IMAGE")) throw error;
    throw new BadImageError(name, `expected an intact JPEG, found a damaged one: ${error.message}`);
  }
}
