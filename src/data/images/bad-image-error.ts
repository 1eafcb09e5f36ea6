import { shortened } from "../../text/describe.js";
import { oneLine } from "../../text/errors.js";

/** Decoders may repeat a warning for every row. */
const MAX_REASON = 300;

/** A file that is not an image, is damaged or exceeds the pixel limit; the message is one line with file and reason. */
export class BadImageError extends Error {
  override readonly name = "BadImageError";

  /**
   * @param file the file's name as the user gave it
   * @param reason a phrase such as `expected an image, found an empty file`; made one line and cut after 300 characters
   */
  constructor(file: string, reason: string) {
    const words = reason.replace(/\s+/g, " ").trim();
    super(oneLine(`${file}: ${shortened(words, MAX_REASON)}`));
  }
}

/** The pixel limit: Pillow's, against decompression bombs. */
export const maxPixels = 178_956_970;

/** Throws BadImageError for an image of more than `maxPixels`, or of no pixels. */
export function checkPixelCount(file: string, width: number, height: number): void {
  if (width >= 1 && height >= 1 && width * height <= maxPixels) return;
  throw new BadImageError(file, `expected 1 to ${maxPixels} pixels, found ${width} × ${height}`);
}
