import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { makeImage } from "../../../tests/support/image.js";
import { BadImageError } from "./bad-image-error.js";
import { decodesJpeg } from "./jpeg-source.js";
import { openImage } from "./open-image.js";
import { cropPixels, type Pixels } from "./pixels.js";

// Of libjpeg's cjpeg, 70 × 38 pixels of waves, quality 25: chroma samples of 2 × 1, 1 × 2 and 4 × 1 pixels, which sharp
// does not write.
const chroma2x1 = [
  "/9j/2wBDACAWGBwYFCAcGhwkIiAmMFA0MCwsMGJGSjpQdGZ6eHJmcG6AkLicgIiuim5woNqirr7EztDOfJri8uDI8LjKzsb/2wBD",
  "ASIkJDAqMF40NF7GhHCExsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsb/wAARCAAmAEYD",
  "ASEAAhEBAxEB/8QAGgAAAgMBAQAAAAAAAAAAAAAABAUAAQMCBv/EACEQAAICAgICAwEAAAAAAAAAAAIDAAEEIQUREkEiMVET/8QA",
  "GAEBAQEBAQAAAAAAAAAAAAAABAEFAgP/xAAcEQADAQADAQEAAAAAAAAAAAABAgMABBESIRP/2gAMAwEAAhEDEQA/AGH9UgvXUXPz",
  "Ao9QoVrV63nabMg72is+/HUCzctp3ruaJRZDrJ/ECIJ2eKtzb9w0+POx3PKPQf1uv1VIdDRGCNFuHFjqEN9Q3MuaOFGLCpMz1hvJ",
  "IXdakjEgfI2cVYnvCKU5o77lXgHZbk4vSkttrl1VUAGOxsEaHcjsZQ3vqDtZq18jHrUmPza4xpX+TnN5ABHoYkoUG5lJnl9ysM8i",
  "PUINrTD3JCAL+jlcaSrM94IltIr+5I9uQqnrD9KN6IGJUv1FuXyACXQwPkqvWtZM6jvcKzyKtTHIc079y8SA9+jltJViO9WOtp37",
  "mzMAzrc55VgaeRqtFSHzaYnHCJdlGLFJWv1K9Ci4cqs6HrLjeoSvrqSCKu33E/NtmK3GHuD3x5me4ulg1PI2tyaqkx1muHxwCPyl",
  "5K0r/J01Sg6GLWrPL5s0OUN66nWTnCI6h+PBqU9HWcmaP3L65ArL4y2uc0ddxPJA9BcniSVZknCjjNO7u+5ItEUKMM1UHehEhEND",
  "AX5XiWhmXwpe3LHW6ekHe5rPPx1F+VkMYX3EVUfp1mCKrAHaYaiO9lC24lWO7iSwkvzT9PMfmrGwg89xpWMsF/UzAxpTs4s6kzOE",
  "NggXVDJNAkjZ3gn7v//Z",
].join("");
const chroma1x2 = [
  "/9j/2wBDACAWGBwYFCAcGhwkIiAmMFA0MCwsMGJGSjpQdGZ6eHJmcG6AkLicgIiuim5woNqirr7EztDOfJri8uDI8LjKzsb/2wBD",
  "ASIkJDAqMF40NF7GhHCExsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsb/wAARCAAmAEYD",
  "ARIAAhEBAxEB/8QAGgAAAwEBAQEAAAAAAAAAAAAAAAQFAwIGAf/EACEQAAICAgICAwEAAAAAAAAAAAIDAAEEIQUREkEiMVET/8QA",
  "GQEAAwEBAQAAAAAAAAAAAAAAAwQFAQIA/8QAHhEAAgIDAQEBAQAAAAAAAAAAAQMAAgQRITESQRP/2gAMAwEAAhEDEQA/AKH9UgvX",
  "UkKU5o77i9q2YfY1RFRXpmz8wKPUwvAOy3G1YiwN3MmuqoW9jas+/HU7xsEaHc8xuOryOY5UBJ+bltO9dyg7GUN76gBlG/KiCyG0",
  "HgkvFW5t+5ZxjSv8nf8AOx6RPY7z+CJnx52O41m8gAj0MLVn8/BC5F3WHBFUYI0W4qGeRHqDa5zOCKJo027LBY6hDfUnm1ph7gV4",
  "bLndzKLF2+emb+SQu61JZLaRX9ygEKWNEySUjfTPRAxKl+pJFbjD3F7BS/2VaIHz0zTL5ABLoYnfHmZ7g/sX4JPatNbdMZVnkVaj",
  "mHxwCPymBFN7tHEMUBwSbkOad+5TyVpX+RmrlKHBF8l1d8El462nfuUEOUN66izcxl+UE6xm2/BFWYBnW45k5wiOpikuudmGyGNI",
  "4IviccIl2UXrkCsvjHLUKx2JJq61vZZYpK1+pHa5zR13ErXvY6BlK6LfPTNzeoSvrqThxmnd3fcJXFN+2MlFVAemehEhENDCTKj6",
  "t2PL7WIvyvEtDCXcdVPnyIspU2nNZ5+OoTh415KuKuuvJPyshjC+4RZYBPZmRUDwTTDUR3soShWoA4JwgkRtuJVju4QDGWHhmZN7",
  "a9nzGwg89wkxjLE9MnrZb69lSsZYL+oQqANxptrGvsUNggXVDCPngkvWzP/Z",
].join("");
const chroma4x1 = [
  "/9j/2wBDACAWGBwYFCAcGhwkIiAmMFA0MCwsMGJGSjpQdGZ6eHJmcG6AkLicgIiuim5woNqirr7EztDOfJri8uDI8LjKzsb/2wBD",
  "ASIkJDAqMF40NF7GhHCExsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsb/wAARCAAmAEYD",
  "AUEAAhEBAxEB/8QAGgAAAgMBAQAAAAAAAAAAAAAAAAQBAwUCBv/EACEQAAICAgICAwEAAAAAAAAAAAIDAAEEIQUREkEiMVET/8QA",
  "GQEAAgMBAAAAAAAAAAAAAAAABAUAAQID/8QAHxEAAgIBBQEBAAAAAAAAAAAAAQIAA1EEERIhQSIT/9oADAMBAAIRAxEAPwDQ/qkF",
  "66mc/MCj1LFZ9+Oolm5bTvXcrTpuGtaRKt2YtiV4q3Nv3HT487HcEYI0W48WOoQ31Kts408R6Zp7ftVXEW8khd1qEIQhaDsIp4tF",
  "FKc0d9yLwDstx7GwRodwdjKG99Qe1+NKoPTG19v0wXEtxjSv8nObyACPQzLDPIj1GDa0w9zYq3cA+SqKu1ZsRIltIr+4QhDTqVB2",
  "nDms9EDEqX6mbl8gAl0M4VnkValOQ5p37gSVcrFB8ndKu2ZsSMdbTv3LmYBnW5ZiccIl2U0WKStfqRrd2dh5JZb2qriZxvUJX11C",
  "EIDwc9xd+bSsVuMPcXvjzM9zVw+OAR+UnJWlf5Df17ZhGN9vbKuJWhyhvXU6yc4RHUz65ArL4yWuc0ddzNdfGksfTLoq+1ZsRUcZ",
  "p3d33CEIwVF2g5tWehEhENDEX5XiWhnNZ5+Opn5WQxhfcXVJtQCfTO9dYLsTiWYaiO9lG24lWO7kY2EHnualYywX9TeobtaxJZYQ",
  "ygYihsEC6oYQhOxYxTwM/9k=",
].join("");

// What sharp, in whose stead our decoder is, takes less strictly or does in another way.
const ours = { skip: !decodesJpeg() && "the addon was built without libjpeg-turbo" };

async function whole(bytes: Uint8Array): Promise<Pixels> {
  const source = await openImage(bytes, "whole.jpg");
  const { width, height } = source;
  return await source.region({ x: 0, y: 0, width, height }, width, height);
}

/** Regions at every corner and edge and across the block borders of an image. */
function* boxes(width: number, height: number) {
  for (const [x, endX] of spans(width)) {
    for (const [y, endY] of spans(height)) yield { x, y, width: endX - x, height: endY - y };
  }
}

function spans(length: number): [number, number][] {
  const places = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, length - 9, length - 1];
  return places
    .flatMap((begin) => [begin + 1, begin + 8, begin + 17, length].map((end): [number, number] => [begin, end]))
    .filter(([begin, end]) => begin >= 0 && begin < end && end <= length);
}

const files: [string, () => Promise<Uint8Array>][] = [
  ["4:4:4", () => makeImage(70, 50).jpeg({ chromaSubsampling: "4:4:4", quality: 60 }).toBuffer()],
  ["4:2:0", () => makeImage(70, 50).jpeg({ chromaSubsampling: "4:2:0", quality: 60 }).toBuffer()],
  ["4:2:0, progressive", () => makeImage(70, 50).jpeg({ progressive: true, quality: 60 }).toBuffer()],
  ["grey", () => makeImage(70, 50).greyscale().jpeg({ quality: 60 }).toBuffer()],
  ["4:2:2", async () => Buffer.from(chroma2x1, "base64")],
  ["4:4:0", async () => Buffer.from(chroma1x2, "base64")],
  ["4:1:1", async () => Buffer.from(chroma4x1, "base64")],
];

for (const [name, make] of files) {
  test(`a region is that part of a full decode, ${name}`, async () => {
    const bytes = await make();
    const full = await whole(bytes);
    const source = await openImage(bytes, "region.jpg");
    assert.deepEqual([source.width, source.height], [full.width, full.height]);
    for (const box of boxes(full.width, full.height)) {
      const region = await source.region(box, box.width, box.height);
      assert.deepEqual(region.data, cropPixels(full, box).data, JSON.stringify(box));
    }
  });
}

test("the pixels are those that sharp decodes", async () => {
  const bytes = await makeImage(61, 47).jpeg({ chromaSubsampling: "4:4:4", quality: 95 }).toBuffer();
  const { data } = await whole(bytes);
  const expected = await sharp(bytes).raw().toBuffer();
  data.forEach((pixel, index) => {
    for (let channel = 0; channel < 3; channel++) {
      const found = (pixel >>> (8 * channel)) & 255;
      assert.ok(Math.abs(found - (expected[3 * index + channel] ?? 0)) <= 2, `pixel ${index}: ${found}`);
    }
  });
});

test("a grey image has three equal channels", async () => {
  const { data } = await whole(await makeImage(20, 20).greyscale().jpeg().toBuffer());
  for (const pixel of data) assert.equal(pixel & 0xffff, (pixel >>> 8) & 0xffff);
});

test("one pixel is an image", async () => {
  const bytes = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#ff0000" } })
    .jpeg()
    .toBuffer();
  const { width, height, data } = await whole(bytes);
  assert.deepEqual([width, height], [1, 1]);
  assert.ok(((data[0] ?? 0) & 255) > 250 && ((data[0] ?? 0) & 0xff00) < 0x500);
});

test("the EXIF orientation is ignored, as in torchvision", async () => {
  const bytes = await makeImage(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const { width, height } = await openImage(bytes, "turned.jpg");
  assert.deepEqual([width, height], [40, 20]);
});

test("what is cut off is an error, wherever it is looked at", async () => {
  for (const progressive of [false, true]) {
    const bytes = await makeImage(120, 90).jpeg({ progressive, quality: 90 }).toBuffer();
    for (const part of [0.3, 0.6, 0.9, 0.999]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      await rejects(cut, /^cut\.jpg: expected an intact \w+, found .*/, { x: 0, y: 0, width: 16, height: 8 });
    }
    for (const length of [1, 2, 3, 4, 20, 100]) await rejects(bytes.subarray(0, length), /^cut\.jpg: /);
  }
});

test("damaged data is an error where it is looked at", ours, async () => {
  const bytes = Buffer.from(await makeImage(120, 90).jpeg({ quality: 90 }).toBuffer());
  const middle = Math.floor(bytes.length / 2);
  // A marker where none may be.
  bytes.writeUInt16BE(0xffc4, middle);
  await rejects(bytes, /^cut\.jpg: expected an intact /);
});

test("bytes after the end and between markers do no harm", async () => {
  const bytes = await makeImage(40, 30).jpeg().toBuffer();
  const { data } = await whole(bytes);
  for (const after of ["\0\0\0", "\r\n", "camera"]) {
    assert.deepEqual((await whole(Buffer.concat([bytes, Buffer.from(after)]))).data, data);
  }
  const stuffed = Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xff, 0xff]), bytes.subarray(2)]);
  assert.deepEqual((await whole(stuffed)).data, data);
});

test("random damage gives pixels or one line", async () => {
  const bytes = await makeImage(64, 64).jpeg({ progressive: true }).toBuffer();
  let state = 1;
  const below = (bound: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % bound;
  };
  for (let round = 0; round < 300; round++) {
    const damaged = Buffer.from(bytes);
    for (let change = 0; change <= round % 4; change++) damaged[below(damaged.length)] = below(256);
    try {
      await whole(damaged);
    } catch (error) {
      assert.ok(error instanceof BadImageError, String(error));
      assert.match(error.message, /^whole\.jpg: [^\n]+$/);
    }
  }
});

test("a file of very many scans is refused", ours, async () => {
  const bytes = await makeImage(32, 32).jpeg({ progressive: true }).toBuffer();
  const begin = bytes.indexOf(Buffer.from([0xff, 0xda]));
  // Up to the tables of the next scan.
  const end = bytes.indexOf(Buffer.from([0xff, 0xc4]), begin);
  const scans = Array<Buffer>(600).fill(bytes.subarray(begin, end));
  await rejects(Buffer.concat([bytes.subarray(0, end), ...scans, bytes.subarray(end)]), /scans/);
});

test("more pixels than are decoded are refused from the header", async () => {
  const bytes = Buffer.from(await makeImage(32, 32).jpeg().toBuffer());
  const header = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes.writeUInt16BE(65_000, header + 5);
  bytes.writeUInt16BE(65_000, header + 7);
  await rejects(bytes, /^cut\.jpg: expected 1 to 178956970 pixels, found 65000 × 65000$/);
});

test("a huge region comes reduced, as the average of what it covers", ours, async () => {
  const grey = { create: { width: 6000, height: 4100, channels: 3, background: "#808080" } } as const;
  const white = { create: { width: 3000, height: 4100, channels: 3, background: "#ffffff" } } as const;
  const right = await sharp(white).png().toBuffer();
  const bytes = await sharp(grey)
    .composite([{ input: right, left: 3000, top: 0 }])
    .jpeg()
    .toBuffer();
  const source = await openImage(bytes, "huge.jpg");
  const box = { x: 3, y: 5, width: 5990, height: 4090 };
  const reduced = await source.region(box, 224, 224);
  assert.equal(reduced.width, Math.ceil(5993 / 2) - 1);
  assert.deepEqual(reduced.box, { x: 0.5, y: 0.5, width: 2995, height: 2045 });
  assert.equal((reduced.data[0] ?? 0) & 255, 128);
  assert.equal((reduced.data[reduced.width - 1] ?? 0) & 255, 255);
  const exact = await source.region({ ...box, height: 16 }, 224, 16);
  assert.equal(exact.width, box.width);
});

async function rejects(
  bytes: Uint8Array,
  message: RegExp,
  box?: { x: number; y: number; width: number; height: number },
) {
  await assert.rejects(
    async () => {
      const source = await openImage(bytes, "cut.jpg");
      const { width, height } = source;
      await source.region(box ?? { x: 0, y: 0, width, height }, width, height);
    },
    (error) => {
      assert.ok(error instanceof BadImageError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    },
  );
}
