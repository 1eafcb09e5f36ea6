import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sharp } from "sharp";
import sharp from "sharp";
import { imageBytes, makeImage } from "../../../tests/support/image.js";
import { BadImageError } from "./bad-image-error.js";
import { openImage } from "./open-image.js";

const width = 23;
const height = 17;

/** All pixels as bytes `[height, width, 3]`. */
async function read(bytes: Uint8Array): Promise<number[]> {
  const source = await openImage(bytes, "image");
  const box = { x: 0, y: 0, width: source.width, height: source.height };
  const { data } = await source.region(box, box.width, box.height);
  return [...data].flatMap((pixel) => [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255]);
}

const rgb = [...imageBytes(width, height)];
const exact: [string, Sharp][] = [
  ["PNG", makeImage(width, height).png()],
  ["lossless WebP", makeImage(width, height).webp({ lossless: true })],
  ["TIFF", makeImage(width, height).tiff({ compression: "lzw" })],
];

for (const [name, image] of exact) {
  test(`${name} gives its bytes`, async () => {
    assert.deepEqual(await read(await image.toBuffer()), rgb);
  });
}

test("a colour profile is ignored", async () => {
  const png = await makeImage(width, height).withIccProfile("p3").png().toBuffer();
  // The chunk: a length of four bytes, its name, that many bytes, a checksum of four.
  const begin = png.indexOf("iCCP") - 4;
  const without = Buffer.concat([png.subarray(0, begin), png.subarray(begin + 12 + png.readUInt32BE(begin))]);
  assert.deepEqual(await read(png), await read(without));
});

test("transparency is dropped, not blended", async () => {
  const bytes = imageBytes(width, height, 4);
  const expected = [...bytes].filter((_, index) => index % 4 !== 3);
  const png = await makeImage(width, height, 4).png().toBuffer();
  assert.deepEqual(await read(png), expected);
});

test("a palette gives its colours, with a transparent one too", async () => {
  const colours = [0xff, 0x10, 0x20, 0, 0x30, 0xa0, 0x40, 255];
  const bytes = Uint8Array.from({ length: 4 * 40 }, (_, index) => colours[(index % 4) + (index % 12 < 4 ? 0 : 4)] ?? 0);
  const png = await sharp(bytes, { raw: { width: 8, height: 5, channels: 4 } })
    .png({ palette: true })
    .toBuffer();
  // Colour type 3 is a palette.
  assert.equal(png[25], 3);
  assert.deepEqual((await read(png)).slice(3, 9), [0x30, 0xa0, 0x40, 0x30, 0xa0, 0x40]);
});

test("of 16 bits the upper 8 are taken", async () => {
  const words = Uint16Array.from({ length: 6 * 4 * 3 }, (_, index) => (index * 2311) % 65536);
  const colour = sharp(words, { raw: { width: 6, height: 4, channels: 3 } })
    .toColourspace("rgb16")
    .png();
  assert.deepEqual(
    await read(await colour.toBuffer()),
    [...words].map((word) => word >>> 8),
  );
  const grey = sharp(words, { raw: { width: 12, height: 6, channels: 1 } })
    .toColourspace("grey16")
    .png();
  assert.deepEqual(
    await read(await grey.toBuffer()),
    [...words].flatMap((word) => Array<number>(3).fill(word >>> 8)),
  );
});

test("grey has three equal channels", async () => {
  const bytes = await read(await makeImage(width, height).greyscale().png().toBuffer());
  for (let pixel = 0; pixel < bytes.length; pixel += 3) assert.equal(bytes[pixel], bytes[pixel + 2]);
});

test("the first frame of a GIF", async () => {
  const bytes = await makeImage(width, height * 3)
    .gif({ loop: 0 })
    .toBuffer();
  assert.equal((await read(bytes)).length, width * height * 3 * 3);
});

test("CMYK has the colours that Pillow makes of its inks", async () => {
  // From Pillow 9.4.0: Image.new("CMYK", (1, 1), inks).convert("RGB").getpixel((0, 0)).
  const converted: [inks: number[], rgb: number[]][] = [
    [
      [0, 0, 0, 0],
      [255, 255, 255],
    ],
    [
      [255, 0, 0, 0],
      [0, 255, 255],
    ],
    [
      [0, 0, 0, 255],
      [0, 0, 0],
    ],
    [
      [10, 200, 77, 30],
      [216, 49, 157],
    ],
    [
      [128, 127, 129, 1],
      [127, 127, 126],
    ],
    [
      [33, 66, 99, 200],
      [48, 41, 34],
    ],
    [
      [255, 255, 255, 255],
      [0, 0, 0],
    ],
    [
      [1, 2, 254, 100],
      [154, 154, 1],
    ],
  ];
  const tiff = inksTiff(converted.flatMap(([inks]) => inks));
  assert.deepEqual(
    await read(tiff),
    converted.flatMap(([, colour]) => colour),
  );
});

test("a JPEG in CMYK has those of its own inks", async () => {
  const bytes = await makeImage(64, 48).toColourspace("cmyk").jpeg().toBuffer();
  const inks = await sharp(bytes).pipelineColourspace("cmyk").toColourspace("cmyk").raw().toBuffer();
  assert.deepEqual(await read(bytes), await read(inksTiff([...inks], 64)));
});

test("a region of a PNG is that part of it", async () => {
  const source = await openImage(await makeImage(width, height).png().toBuffer(), "image");
  const region = await source.region({ x: 5, y: 3, width: 4, height: 2 }, 4, 2);
  assert.deepEqual([region.width, region.height], [4, 2]);
  const at = (3 * width + 5) * 3;
  const [red = 0, green = 0, blue = 0] = rgb.slice(at, at + 3);
  assert.equal((region.data[0] ?? 0) & 0xffffff, red | (green << 8) | (blue << 16));
});

test("what is no image is named in one line", async () => {
  await rejects(new Uint8Array(), /^bad\.png: expected an image, found an empty file$/);
  await rejects(Buffer.from("hello, world\n"), /^bad\.png: expected an intact image, found .*unsupported image format/);
  await rejects(
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    /expected a raster image, found svg/,
  );
  await rejects(
    Buffer.from("P6\n1 1\n255\nabc"),
    /^bad\.png: expected a JPEG, PNG, .*, found a PNM .*; convert it to PNG$/,
  );
  await rejects(Buffer.from("BM\x46\0\0\0", "latin1"), /found a BMP; convert it to PNG$/);
  await rejects(new Uint8Array(1000), /^bad\.png: expected an intact image/);
});

test("an image that is cut off or damaged is an error", async () => {
  const images = [makeImage(90, 70).png(), makeImage(90, 70).webp(), makeImage(90, 70).gif(), makeImage(90, 70).tiff()];
  for (const image of images) {
    const bytes = await image.toBuffer();
    for (const part of [0.1, 0.5, 0.9])
      await rejects(bytes.subarray(0, Math.floor(bytes.length * part)), /^bad\.png: /);
  }
  const png = Buffer.from(await makeImage(90, 70).png().toBuffer());
  const middle = Math.floor(png.length / 2);
  png.fill(0x55, middle, middle + 20);
  await rejects(png, /^bad\.png: /);
});

async function rejects(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(
    async () => {
      const source = await openImage(bytes, "bad.png");
      await source.region({ x: 0, y: 0, width: 1, height: 1 }, 1, 1);
    },
    (error) => {
      assert.ok(error instanceof BadImageError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    },
  );
}

/** An uncompressed TIFF of C, M, Y, K bytes, rows of `width` pixels: header, entries sorted by tag, pixels. */
function inksTiff(inks: readonly number[], width = inks.length / 4): Buffer {
  const entries: [tag: number, value: number][] = [
    [256, width],
    [257, inks.length / 4 / width],
    [258, 8],
    [259, 1],
    // Separated into inks.
    [262, 5],
    [273, 0],
    [277, 4],
    [278, inks.length / 4 / width],
    [279, inks.length],
  ];
  const start = 8 + 2 + 12 * entries.length + 4;
  const head = Buffer.alloc(start);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, value], index) => {
    const at = 10 + 12 * index;
    head.writeUInt16LE(tag, at);
    // One 32-bit number each.
    head.writeUInt16LE(4, at + 2);
    head.writeUInt32LE(1, at + 4);
    head.writeUInt32LE(tag === 273 ? start : value, at + 8);
  });
  return Buffer.concat([head, Uint8Array.from(inks)]);
}
