import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readIdx } from "../../../src/formats/idx.js";
import { mutateBytes } from "../mutate-bytes.js";
import type { Target } from "../target.js";
import { feedFile } from "./feed-file.js";

/** The most that a compressed file may unpack to. */
const MAX_BYTES = 1 << 16;

const images = idx([2, 4, 4]);
const labels = idx([5]);

/** idx files of images (three dimensions) and labels (one), raw and compressed; the input's magic number says which. */
export const idxFiles: Target = {
  name: "idx",
  mutators: [mutateBytes],
  seeds: () => [images, labels, idx([0, 4, 4]), gzipSync(images), gzipSync(labels)],
  prepare: (folder) =>
    feedFile(folder, "input", (path, input) => {
      const dimensions = input[3] === 1 ? 1 : 3;
      const { shape, data } = readIdx(input, path, dimensions, MAX_BYTES);
      assert.equal(shape.length, dimensions);
      assert.equal(
        data.length,
        shape.reduce((product, dimension) => product * dimension, 1),
      );
      assert.ok(data.length <= Math.max(input.length, MAX_BYTES), `${data.length} bytes of ${input.length}`);
    }),
};

/** An idx file of bytes that count up. */
function idx(shape: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 | shape.length, 0);
  for (const [index, dimension] of shape.entries()) header.writeUInt32BE(dimension, 4 + 4 * index);
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return Buffer.concat([header, Uint8Array.from({ length: size }, (_, at) => at)]);
}
