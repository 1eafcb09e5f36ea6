import type { Sharp, default as sharp } from "sharp";
import { BadImageError, checkPixelCount, maxPixels } from "./bad-image-error.js";
import { hugePixels, type ImageSource, type Region, reductionOf, wholeRegion } from "./image-source.js";
import { inksToRgb } from "./inks.js";
import { type Box, cropPixels, type Pixels } from "./pixels.js";

/** Raster formats. Others that sharp reads are vector formats, for which any text file could pass. */
const pixelFormats = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif", "jxl", "jp2", "ppm"]);

let loaded: typeof sharp | undefined;

/** Loads sharp on first use; with one thread, since images are decoded in parallel. */
async function loadSharp(): Promise<typeof sharp> {
  if (loaded === undefined) {
    loaded = (await import("sharp")).default;
    loaded.concurrency(1);
    loaded.cache(false);
  }
  return loaded;
}

/**
 * Opens an image with sharp: PNG, WebP, GIF (the first frame), TIFF, JPEG in CMYK, …
 *
 * As in Pillow's `convert("RGB")`, transparency is dropped, colour profiles and the EXIF orientation are ignored. Of 16
 * bits the upper 8 are used.
 *
 * @throws BadImageError if it is not an image or has too many pixels
 */
export async function openBySharp(bytes: Uint8Array, name: string): Promise<ImageSource> {
  checkFormat(bytes, name);
  const open = await loadSharp();
  // Damaged data is an error; a warning may concern a tag that is not used.
  const start = (limitInputPixels: number | false) => {
    return open(bytes, { failOn: "error", limitInputPixels, ignoreIcc: true, pages: 1 });
  };
  // Accept any header: the error below states the image's size, sharp's does not.
  const { width, height, format, space } = await namingFile(name, start(false).metadata());
  if (!pixelFormats.has(format)) throw new BadImageError(name, `expected a raster image, found ${format}`);
  checkPixelCount(name, width, height);
  return new SharpSource({ name, width, height, isInks: space === "cmyk", start: () => start(maxPixels) });
}

interface Opened {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Cyan, magenta, yellow and black instead of red, green and blue. */
  readonly isInks: boolean;
  readonly start: () => Sharp;
}

class SharpSource implements ImageSource {
  readonly width: number;
  readonly height: number;
  readonly #name: string;
  readonly #isInks: boolean;
  readonly #start: () => Sharp;
  #whole: Promise<Pixels> | undefined;

  constructor({ name, width, height, isInks, start }: Opened) {
    this.#name = name;
    this.width = width;
    this.height = height;
    this.#isInks = isInks;
    this.#start = start;
  }

  /** Decodes all of an image, so that damage anywhere is noticed; of a huge one only the requested region. */
  async region(box: Box, minWidth: number, minHeight: number): Promise<Region> {
    if (this.width * this.height <= hugePixels) {
      this.#whole ??= this.#decode(this.#start());
      return wholeRegion(cropPixels(await this.#whole, box));
    }
    const scale = reductionOf(box, minWidth, minHeight);
    const part = this.#start().extract({ left: box.x, top: box.y, width: box.width, height: box.height });
    const [width, height] = [Math.ceil(box.width / scale), Math.ceil(box.height / scale)];
    return wholeRegion(
      await this.#decode(scale === 1 ? part : part.resize(width, height, { fit: "fill", kernel: "linear" })),
    );
  }

  async #decode(pipeline: Sharp): Promise<Pixels> {
    const colours = this.#isInks
      ? pipeline.pipelineColourspace("cmyk").toColourspace("cmyk")
      : // Replaces alpha by an opaque one: four bytes per pixel, the layout of `Pixels`.
        pipeline.toColourspace("srgb").removeAlpha().ensureAlpha();
    const bytesOf = colours.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    const { data, info } = await namingFile(this.#name, bytesOf);
    const { width, height, channels } = info;
    if (channels !== 4)
      throw new BadImageError(this.#name, `expected an image in colour or grey, found ${channels} channels`);
    const words = new Uint32Array(width * height);
    if (this.#isInks) inksToRgb(data, words);
    else new Uint8Array(words.buffer).set(data);
    return { width, height, data: words };
  }
}

async function namingFile<Result>(name: string, result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadImageError(name, `expected an intact image, found one that cannot be decoded: ${reason}`);
  }
}

/**
 * Throws BadImageError for formats whose extensions ImageFolder accepts but sharp cannot read, and for unknown ones.
 */
function checkFormat(bytes: Uint8Array, name: string): void {
  const start = Buffer.from(bytes.subarray(0, 3)).toString("latin1");
  const found = start.startsWith("BM") ? "a BMP" : /^P[1-7]\s$/.test(start) ? "a PNM (PPM, PGM or PBM)" : undefined;
  if (found === undefined) return;
  throw new BadImageError(name, `expected a JPEG, PNG, WebP, GIF or TIFF, found ${found}; convert it to PNG`);
}
