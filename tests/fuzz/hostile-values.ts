/** Integers at which sizes, offsets and counts go wrong: around 0, and around powers of two. */
export const INTEGERS: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 7n, 16n, 100n, 255n, 256n, 1000n, 4096n, 32767n, 32768n, 65535n, 65536n, 10n ** 6n],
  ...[2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 33n, 2n ** 40n],
  ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 10n ** 18n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];

/** Numbers as text: what JSON, CSV and headers may hold where a number stands. */
export const NUMBER_TEXTS: readonly string[] = [
  ...INTEGERS.map(String),
  ...["-1", "-0", "0.5", "1e-320", "1e308", "-1e308", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "nan", "inf"],
  ...["1e100", "0.1e-400", "9007199254740993", "1e+2", "1E2", "01", "+1", "1.", ".5", "0x10", "1_000", "٣", "1,0", ""],
];

/** Texts that break lines, terminals, decoders, lookups in objects, and formats. */
export const TEXTS: readonly string[] = [
  ...[
    "",
    " ",
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\x1b[2J\x1b]0;title\x07",
    "\x7f",
    "\x9b31m",
    "\u2028",
    "\u202ereversed",
    "\ufeff",
  ],
  ...[
    "\ufffd",
    "\ud800",
    "😀",
    "é",
    "ß".repeat(40),
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
  ],
  ...["null", "true", "[]", "{}", '"', "\\", "../../outside", "/outside", "a/b", "%s%n", "a".repeat(300), "NaN", "0"],
  ...["__metadata__", "dtype", "F32", "data.pkl", "weight", "state_dict"],
];

/** Bytes put in anywhere: byte order marks, text that is not UTF-8, ends of lines, zeros. */
export const BYTES: readonly Uint8Array[] = [
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf8, 0x88],
  [0x80],
  [0xff],
  [0],
  [0, 0, 0, 0],
  [0x0a],
  [0x0d, 0x0a],
  [0x1b, 0x5b, 0x32, 0x4a],
  [0x22],
  [0x2c],
].map((bytes) => Uint8Array.from(bytes));
