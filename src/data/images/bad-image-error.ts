import { shortened } from "../../text/describe.js";
import { oneLine } from "../../text/errors.js";

/** Decoders may say the same of every row. */
const MAX_REASON = 300;

/** A file that is no image, is damaged, or holds more pixels than are decoded; one line that names it and the reason. */
export class BadImageError extends Error {
  override readonly name = "BadImageError";

  /**
   * @param file the file, as the user knows it
   * @param reason a phrase such as `expected an image, found an empty file`; made one line and cut after 300 characters
   */
  constructor(file: string, reason: string) {
    const words = reason.replace(/\s+/g, " ").trim();
    super(oneLine(`${file}: ${shortened(words, MAX_REASON)}`));
  }
}

/** The most pixels that are decoded: Pillow's limit against files that unpack to more than anyone meant. */
export const maxPixels = 178_956_970;

/** Throws BadImageError for an image of more than `maxPixels`, or of none. */
export function checkPixelCount(file: string, width: number, height: number): void {
  if (width >= 1 && height >= 1 && width * height <= maxPixels) return;
  throw new BadImageError(file, `expected 1 to ${maxPixels} pixels, found ${width} × ${height}`);
}
