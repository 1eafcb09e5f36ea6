// The addon's functions over images, with damaged JPEG files and axes that do not fit.
import { addon } from "../../../src/tensor/addon.js";
import type { ResampleAxis } from "../../../src/tensor/addon-types.js";
import { argument, HUGE, junk, NUMBERS } from "./arguments.js";
import { JPEGS } from "./jpegs.js";
import { between, chance, pick, random } from "./random.js";

/** Some bytes changed, cut off, or taken from another file. */
function damaged(file: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(file);
  for (let i = between(0, 4); i > 0; i -= 1) bytes[between(0, bytes.length - 1)] = chance(0.3) ? 255 : between(0, 255);
  if (chance(0.1)) bytes = bytes.slice(0, between(0, bytes.length));
  if (chance(0.1)) bytes.set(pick(JPEGS).slice(0, 40), between(0, Math.max(0, bytes.length - 40)));
  if (chance(0.05)) bytes = Uint8Array.from([...bytes, ...bytes]);
  // The header's height and width: an image of any size, in as few bytes.
  const header = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc2));
  if (chance(0.1) && header >= 0 && header + 9 < bytes.length)
    for (let i = 5; i < 9; i += 1) bytes[header + i] = between(0, 255);
  return bytes;
}

function someJpeg(): Uint8Array {
  if (chance(0.03)) return junk() as Uint8Array;
  return chance(0.3) ? pick(JPEGS) : damaged(pick(JPEGS));
}

const number = () => pick([...HUGE, ...NUMBERS, -5, 7, 2 ** 31, 2 ** 30]);

/** The number, or in one of twenty cases another. */
function nearly(value: number): number {
  return chance(0.05) ? Number(number()) : chance(0.03) ? (junk() as number) : value;
}

function axis(length: number, count: number): ResampleAxis {
  const size = count + between(0, 5);
  const begin = chance(0.5) ? 0 : 3 * random();
  const end = chance(0.5) ? length : begin + length * random() + 1;
  const fields = [between(0, 2) && 0, length, begin, end, size, between(0, size - count), count].map(nearly);
  // One that takes the memory of all arrays away while it is read.
  if (chance(0.02)) Object.defineProperty(fields, 3, { get: takeAway });
  return (chance(0.02) ? junk() : fields) as ResampleAxis;
}

let exposed: ArrayBuffer[] = [];

function takeAway(): number {
  for (const buffer of exposed) structuredClone(buffer, { transfer: [buffer] });
  exposed = [];
  return 1;
}

/** Each of these functions of the addon, with arguments of its own. */
export const IMAGE_CALLS = {
  jpegInfo: () => addon().jpegInfo(someJpeg()),
  decodeJpeg: () => {
    const bytes = someJpeg();
    const [x, y] = [between(0, 20), between(0, 20)];
    const [width, height] = [between(1, 40), between(1, 40)];
    const scale = pick([1, 1, 1, 2, 4, 8, nearly(3)]) as 1;
    if (chance(0.5)) return addon().decodeJpeg(bytes, nearly(x), nearly(y), nearly(width), nearly(height), scale);
    // A region that is inside, where the file says how large it is.
    const info = addon().jpegInfo(bytes);
    const whole = [Math.ceil(info.width / scale), Math.ceil(info.height / scale)] as const;
    const [left, top] = [between(0, Math.min(99, whole[0] - 1)), between(0, Math.min(99, whole[1] - 1))];
    return addon().decodeJpeg(
      bytes,
      left,
      top,
      between(1, Math.min(99, whole[0] - left)),
      between(1, Math.min(99, whole[1] - top)),
      scale,
    );
  },
  resample: () => {
    const [width, height] = [between(1, 20), between(1, 20)];
    const pixels = Uint32Array.from({ length: width * height + (chance(0.05) ? 1 : 0) }, () => between(0, 2 ** 32 - 1));
    exposed = [pixels.buffer];
    return addon().resample(pixels, axis(width, between(1, 25)), axis(height, between(1, 25)), nearly(between(0, 5)));
  },
  pixelsToRgb: () => {
    const count = between(0, 30);
    const buffer = new ArrayBuffer(4 * count + 3 * count);
    const into = chance(0.1) ? new Uint8Array(buffer, 0, 3 * count) : new Uint8Array(3 * count + (chance(0.1) ? 1 : 0));
    const pixels = chance(0.05) ? (junk() as Uint32Array) : new Uint32Array(buffer, 0, count);
    return addon().pixelsToRgb(pixels, chance(0.05) ? (argument("i") as Uint8Array) : into);
  },
} as const;
