import assert from "node:assert/strict";
import sharp from "sharp";
import { decodesJpeg, JpegSource, readJpegHeader } from "../../../src/data/images/jpeg-source.js";
import { openImageFile } from "../../../src/data/images/open-image.js";
import { addon } from "../../../src/tensor/addon.js";
import { makeImage } from "../../support/image.js";
import { mutateBytes, mutateWith } from "../mutate-bytes.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";

/** An image of the most pixels that are decoded, 4 bytes each, and what a decoder keeps beside it. */
const MEMORY_BYTES = 2.5 * 2 ** 30;
/** Larger images are looked at in one corner. */
const MAX_WHOLE_PIXELS = 2 ** 22;

/** Markers of JPEG with lengths and sizes: tables, frames, scans, restarts, ends. */
const JPEG_TOKENS = [
  ...[
    "\xff\xd8",
    "\xff\xd9",
    "\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00",
    "\xff\xd0",
    "\xff\xd7",
    "\xff\x00",
    "\xff\xff",
  ],
  ...[
    "\xff\xdb\x00\x43\x00",
    "\xff\xc4\x00\x1f\x00",
    "\xff\xdd\x00\x04\x00\x01",
    "\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03",
  ],
  ...[
    "\xff\xc2\x00\x11\x08\x00\x10\x00\x10\x03",
    "\xff\xc9",
    "\xff\xc3",
    "\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\x02",
    "\xff\xe1\xff\xff",
  ],
  ...["\x44", "\x11", "\x41", "\x01\x22\x00\x02\x11\x01\x03\x11\x01", "\xff\xfe\x00\x02", "\xff\xfe\x00\x00"],
];

/** Pieces of PNG, WebP, GIF and TIFF. */
const IMAGE_TOKENS = [
  ...[
    "IHDR",
    "IDAT",
    "IEND",
    "PLTE",
    "tRNS",
    "iCCP",
    "zTXt",
    "acTL",
    "\x7f\xff\xff\xff",
    "RIFF",
    "WEBP",
    "VP8 ",
    "VP8L",
    "VP8X",
    "ALPH",
  ],
  ...[
    "GIF89a",
    "GIF87a",
    "\x2c\0\0\0\0",
    "\x21\xf9\x04",
    "\x3b",
    "II*\0",
    "MM\0*",
    "\x00\x01\x03\x00",
    "\x11\x01\x04\x00",
    "<svg ",
    "BM",
    "P6\n",
  ],
];

async function jpegSeeds(): Promise<Uint8Array[]> {
  const image = () => makeImage(24, 17);
  return await Promise.all([
    image().jpeg({ quality: 80 }).toBuffer(),
    image().jpeg({ quality: 50, progressive: true }).toBuffer(),
    image().jpeg({ chromaSubsampling: "4:4:4", optimiseCoding: false }).toBuffer(),
    image().greyscale().jpeg().toBuffer(),
    image().toColourspace("cmyk").jpeg().toBuffer(),
  ]);
}

async function imageSeeds(): Promise<Uint8Array[]> {
  const image = () => makeImage(24, 17, 4);
  return await Promise.all([
    image().png().toBuffer(),
    image().png({ palette: true }).toBuffer(),
    image().toColourspace("rgb16").png().toBuffer(),
    image().webp().toBuffer(),
    image().webp({ lossless: true }).toBuffer(),
    image().gif().toBuffer(),
    image().removeAlpha().tiff({ compression: "lzw" }).toBuffer(),
    sharp({ create: { width: 9, height: 5, channels: 3, background: "red" } })
      .tiff({ compression: "none" })
      .toBuffer(),
  ]);
}

/** The native decoder alone: headers, the whole image, boxes in it, and reduced sizes. */
export const jpeg: Target = {
  name: "jpeg",
  mutators: [mutateBytes, mutateWith(JPEG_TOKENS)],
  seeds: jpegSeeds,
  isUnnamed: true,
  memoryBytes: () => MEMORY_BYTES,
  prepare: () => {
    assert.ok(decodesJpeg(), "the addon was built without JPEG");
    return (input) => {
      const header = readJpegHeader(input, "input.jpg");
      if (header.colour !== "grey" && header.colour !== "rgb") return;
      const source = new JpegSource(input, "input.jpg", header);
      const { width, height } = source;
      const box = {
        x: Math.floor(width / 3),
        y: Math.floor(height / 2),
        width: Math.ceil(width / 3),
        height: Math.ceil(height / 4),
      };
      const boxes =
        width * height <= MAX_WHOLE_PIXELS
          ? [{ x: 0, y: 0, width, height }, box]
          : [{ x: 0, y: 0, width: 8, height: 8 }];
      for (const each of boxes) {
        const { data } = source.region(each, each.width, each.height);
        assert.equal(data.length, each.width * each.height);
      }
      const half = addon().decodeJpeg(input, 0, 0, Math.ceil(width / 8), Math.ceil(height / 8), 8);
      assert.equal(half.length, Math.ceil(width / 8) * Math.ceil(height / 8));
    };
  },
};

/** Any image in a file, as a data set of folders opens it. */
export const images: Target = {
  name: "image",
  mutators: [mutateBytes, mutateWith(IMAGE_TOKENS)],
  seeds: async () => [...(await imageSeeds()), ...(await jpegSeeds())],
  memoryBytes: () => MEMORY_BYTES,
  prepare: (folder) =>
    feedFile(folder, "input.png", async (path) => {
      const source = await openImageFile(path);
      const isSmall = source.width * source.height <= MAX_WHOLE_PIXELS;
      const width = isSmall ? source.width : Math.min(source.width, 64);
      const height = isSmall ? source.height : Math.min(source.height, 64);
      const { data } = await source.region({ x: 0, y: 0, width, height }, width, height);
      assert.equal(data.length, width * height);
    }),
};
