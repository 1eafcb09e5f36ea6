import { type ImageSource, wholeRegion } from "./image-source.js";
import { pixelOf } from "./pixels.js";

/**
 * An image whose bytes are in memory, `[channels, height, width]` as data sets hold them.
 *
 * @param channels 3 (red, green, blue) or 1 (grey); RangeError for others, or for another number of bytes
 */
export function memorySource(bytes: Uint8Array, channels: number, height: number, width: number): ImageSource {
  const plane = height * width;
  if ((channels !== 1 && channels !== 3) || bytes.length !== channels * plane || plane === 0) {
    throw new RangeError(
      `Expected bytes of 1 or 3 × ${height} × ${width}, found ${bytes.length} of ${channels} channels`,
    );
  }
  const [green, blue] = channels === 3 ? [plane, 2 * plane] : [0, 0];
  return {
    width,
    height,
    region(box) {
      const data = new Uint32Array(box.width * box.height);
      let target = 0;
      for (let y = box.y; y < box.y + box.height; y++) {
        for (let at = y * width + box.x; at < y * width + box.x + box.width; at++) {
          data[target++] = pixelOf(bytes[at] ?? 0, bytes[at + green] ?? 0, bytes[at + blue] ?? 0);
        }
      }
      return wholeRegion({ width: box.width, height: box.height, data });
    },
  };
}
