import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { inputError } from "../../tests/support/input-error.js";
import { InputError } from "../text/errors.js";
import {
  CIFAR10_FORMAT,
  CIFAR100_FORMAT,
  cifarImageBytes,
  readBinaryBatch,
  readPickledBatch,
  readPickledNames,
  readTextNames,
} from "./cifar-batch.js";

const format = CIFAR10_FORMAT;

const pixels = Uint8Array.from({ length: 2 * cifarImageBytes }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

function emptyTarget(records = 2) {
  return { images: new Uint8Array(records * cifarImageBytes), labels: new Int32Array(records) };
}

/** Joins parts of a pickle: text as Latin-1, numbers as bytes. */
function pickle(...parts: (string | number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === "number") return Buffer.of(part);
      return typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part);
    }),
  );
}

/** A count as the 4 little-endian bytes of a length. */
function long(count: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(count);
  return bytes;
}

interface Parts {
  readonly labels?: readonly number[];
  readonly shape?: readonly [number, number];
  readonly typeCode?: string;
  readonly fortranOrder?: boolean;
}

/** The official file's opcodes in the official order: Python 2's cPickle, protocol 2. */
function python2Batch({ labels = [3, 9], shape = [2, cifarImageBytes], typeCode = "u1", fortranOrder = false }: Parts) {
  const order = fortranOrder ? 0x88 : 0x89;
  return pickle(
    "\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5U\x06labelsq\x03]q\x04(",
    ...labels.flatMap((label) => ["K", label]),
    "eU\x04dataq\x05cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85U\x01b\x87Rq\x08",
    "(K\x01J",
    long(shape[0]),
    "J",
    long(shape[1]),
    "\x86cnumpy\ndtype\nq\x09U",
    typeCode.length,
    typeCode,
    "K\x00K\x01\x87Rq\x0a(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
    order,
    "T",
    long(pixels.length),
    pixels,
    "tbU\x09filenamesq\x0b]q\x0c(U\x05a.pngq\x0dU\x05b.pngq\x0eeu.",
  );
}

/** Python 3, protocol 5, NumPy 2: frames, memoized texts, `_frombuffer` of bytes in the file. */
function python3Batch(labels: readonly number[] = [3, 9]) {
  return pickle(
    "\x80\x05\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x06labels\x94]\x94(",
    ...labels.flatMap((label) => ["K", label]),
    "eC\x04data\x94\x8c\x13numpy._core.numeric\x94\x8c\x0b_frombuffer\x94\x93\x94(\x96",
    long(pixels.length),
    long(0),
    pixels,
    "\x94\x8c\x05numpy\x94\x8c\x05dtype\x94\x93\x94\x8c\x02u1\x94\x89\x88\x87\x94R\x94",
    "(K\x03\x8c\x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94b",
    "K\x02M\x00\x0c\x86\x94\x8c\x01C\x94t\x94R\x94u.",
  );
}

/** Python 3, protocol 2: the array's bytes as text for `_codecs.encode`. */
function python3Protocol2Batch() {
  const text = Buffer.from(Buffer.from(pixels).toString("latin1"), "utf8");
  return pickle(
    "\x80\x02}q\x00(X\x06\x00\x00\x00labelsq\x01]q\x02(K\x03K\x09eX\x04\x00\x00\x00dataq\x03",
    "cnumpy.core.multiarray\n_reconstruct\nq\x04cnumpy\nndarray\nq\x05K\x00\x85q\x06c_codecs\nencode\nq\x07",
    "X\x01\x00\x00\x00bq\x08X\x06\x00\x00\x00latin1q\x09\x86q\x0aRq\x0b\x87q\x0cRq\x0d(K\x01K\x02M\x00\x0c\x86q\x0e",
    "cnumpy\ndtype\nq\x0fX\x02\x00\x00\x00u1q\x10\x89\x88\x87q\x11Rq\x12",
    "(K\x03X\x01\x00\x00\x00|q\x13NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x14b\x89h\x07X",
    long(text.length),
    text,
    "q\x15h\x09\x86q\x16Rq\x17tq\x18bu.",
  );
}

function failsWith(run: () => unknown, message: RegExp): void {
  assert.throws(run, inputError("batch: ", message));
}

describe("readPickledBatch", () => {
  const forms = [
    ["Python 2's cPickle", python2Batch({})],
    ["Python 3 with protocol 5", python3Batch()],
    ["Python 3 with protocol 2", python3Protocol2Batch()],
  ] as const;
  for (const [name, bytes] of forms) {
    it(`reads a file of ${name}`, () => {
      const target = emptyTarget();
      readPickledBatch(bytes, "batch", format, target);
      assert.deepEqual([...target.labels], [3, 9]);
      assert.deepEqual(target.images, pixels);
    });

    it(`finds each cut of a file of ${name}`, () => {
      for (let cut = 0; cut < bytes.length; cut += cut < 700 || cut > bytes.length - 700 ? 1 : 97) {
        failsWith(
          () => readPickledBatch(bytes.subarray(0, cut), "batch", format, emptyTarget()),
          /^batch: not a Python pickle/,
        );
      }
    });

    it(`throws only InputError for a damaged file of ${name}`, () => {
      const place = fc.oneof(fc.nat(400), fc.integer({ min: bytes.length - 400, max: bytes.length - 1 }));
      const change = fc.tuple(place, fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of changes) damaged[at] = byte;
          try {
            readPickledBatch(damaged, "batch", format, emptyTarget());
          } catch (error) {
            assert.ok(error instanceof InputError, String(error));
          }
        }),
        { numRuns: 2000 },
      );
    });
  }

  it("turns an array stored column by column", () => {
    const target = emptyTarget();
    readPickledBatch(python2Batch({ fortranOrder: true }), "batch", format, target);
    for (const i of [0, 1, 1000, cifarImageBytes - 1]) {
      assert.equal(target.images[i], pixels[2 * i]);
      assert.equal(target.images[cifarImageBytes + i], pixels[2 * i + 1]);
    }
  });

  it("refuses labels past 9, too many or too few, and other shapes", () => {
    const read =
      (parts: Parts, records = 2) =>
      () =>
        readPickledBatch(python2Batch(parts), "batch", format, emptyTarget(records));
    failsWith(read({ labels: [3, 10] }), /expected labels 0 … 9, found 10 in record 1/);
    failsWith(read({ labels: [3] }), /expected 2 "labels", found 1/);
    failsWith(read({}, 3), /shape \[3, 3072\] of u1, found shape \[2, 3072\]/);
    failsWith(read({ shape: [3, cifarImageBytes] }), /expected 9216 bytes for an array .* found 6144/);
    failsWith(read({ typeCode: "f8" }), /element type "f8"/);
    failsWith(read({ typeCode: "i1" }), /of u1, found shape \[2, 3072\] of i1/);
  });

  it("refuses a pickle of something else", () => {
    const read = (text: string) => () => readPickledBatch(pickle(text), "batch", format, emptyTarget());
    failsWith(read("\x80\x02]."), /expected a pickled dictionary, found a list/);
    failsWith(read("\x80\x02}."), /expected a NumPy array "data", found none/);
    failsWith(read("\x80\x02}U\x04dataU\x01xs."), /expected a NumPy array "data", found bytes/);
  });
});

describe("readBinaryBatch", () => {
  const bytes = pickle(6, pixels.subarray(0, cifarImageBytes), 0, pixels.subarray(cifarImageBytes));

  it("reads labels and images", () => {
    const target = emptyTarget();
    readBinaryBatch(bytes, "batch", format, target);
    assert.deepEqual([...target.labels], [6, 0]);
    assert.deepEqual(target.images, pixels);
  });

  it("reads the second label of CIFAR-100, the fine one", () => {
    const image = (index: number) => pixels.subarray(index * cifarImageBytes, (index + 1) * cifarImageBytes);
    const read = (fine: number) => {
      const target = emptyTarget();
      readBinaryBatch(pickle(200, 99, image(0), 0, fine, image(1)), "batch", CIFAR100_FORMAT, target);
      return target;
    };
    assert.deepEqual([...read(42).labels], [99, 42]);
    assert.deepEqual(read(42).images, pixels);
    failsWith(() => read(100), /expected labels 0 … 99, found 100 in record 1/);
    const oneLabel = () => readBinaryBatch(bytes, "batch", CIFAR100_FORMAT, emptyTarget());
    failsWith(oneLabel, /expected 6148 bytes \(2 records of 3074 bytes\), found 6146/);
  });

  it("refuses another size or a label past 9", () => {
    const read = (content: Uint8Array) => () => readBinaryBatch(content, "batch", format, emptyTarget());
    failsWith(read(bytes.subarray(1)), /expected 6146 bytes \(2 records of 3073 bytes\), found 6145: it is cut off/);
    failsWith(read(pickle(bytes, 0)), /found 6147: it is too long/);
    failsWith(read(new Uint8Array(0)), /found 0/);
    failsWith(read(pickle(10, bytes.subarray(1))), /expected labels 0 … 9, found 10 in record 0/);
  });
});

describe("class names", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "jay"];

  it("are read from text, with any line ends", () => {
    assert.deepEqual(readTextNames(Buffer.from(`${names.join("\r\n")}\r\n\r\n`), "batch", format), names);
  });

  it("are read from a pickle of Python 2", () => {
    const list = names.map((name) => `U${String.fromCharCode(name.length)}${name}`).join("");
    assert.deepEqual(
      readPickledNames(pickle(`\x80\x02}(U\x0blabel_names](${list}eU\x07num_visM\x00\x0cu.`), "batch", format),
      names,
    );
  });

  it("must be ten and different", () => {
    failsWith(
      () => readTextNames(Buffer.from("a\nb\n"), "batch", format),
      /expected 10 different class names, found 2/,
    );
    failsWith(() => readTextNames(Buffer.from("a\n".repeat(10)), "batch", format), /expected 10 different class names/);
    failsWith(
      () => readPickledNames(pickle("\x80\x02}."), "batch", format),
      /expected a list "label_names", found none/,
    );
    failsWith(
      () => readPickledNames(pickle("\x80\x02}U\x0blabel_names](K\x01es."), "batch", format),
      /expected 10 different/,
    );
  });
});
