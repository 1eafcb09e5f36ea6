import assert from "node:assert/strict";
import { existsSync } from "node:fs";

/** Made by Python's `os.system`, should a pickle ever be run; `pickleTokens` say so. */
const CANARY = "/tmp/weight-search-fuzz-canary";

/** Fails when something in a pickle was run. */
export function assertNothingRan(): void {
  assert.ok(!existsSync(CANARY), `${CANARY} is there: a pickle was run`);
}

/** Opcodes and pieces of pickles: what builds values, what calls functions, what claims impossible lengths. */
export const pickleTokens: readonly string[] = [
  ...[
    "N",
    "\x88",
    "\x89",
    "K\x05",
    "M\x01\x02",
    "J\xff\xff\xff\x7f",
    "G\x7f\xf8\0\0\0\0\0\0",
    "\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01",
  ],
  ...[
    "(",
    ")",
    "]",
    "}",
    "t",
    "\x85",
    "\x86",
    "\x87",
    "a",
    "e",
    "s",
    "u",
    "0",
    "2",
    "1",
    "R",
    "b",
    "o",
    "\x81",
    "\x93",
    "Q",
    ".",
  ],
  ...[
    "q\0",
    "q\x01",
    "r\0\0\0\0",
    "r\xff\xff\xff\xff",
    "\x94",
    "h\0",
    "h\x01",
    "j\0\0\0\0",
    "]q\0h\0a",
    "}q\0",
    "]q\x01(h\x01h\x01e",
  ],
  ...[
    "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    "\x8d\0\0\0\0\0\0\0\x80",
    "B\xff\xff\xff\xff",
    "X\xff\xff\xff\x7f",
    "T\0\0\0\x80",
  ],
  ...["\x8b\xff\xff\xff\x7f", "\x8c\xff", "U\xff", "\x95\0\0\0\0\0\0\0\x80", "\x80\x02", "\x80\x04", "\x80\xff"],
  ...[
    "cos\nsystem\n",
    `X\x25\0\0\0touch ${CANARY}\x85R`,
    "cbuiltins\neval\n",
    "c__builtin__\nset\n",
    "cposix\nsystem\n",
  ],
  ...[
    "ccollections\nOrderedDict\n)R",
    "ctorch._utils\n_rebuild_tensor_v2\n",
    "ctorch\nFloatStorage\n",
    "ctorch\nSize\n",
  ],
  ...["cnumpy\nndarray\n", "cnumpy\ndtype\n", "cnumpy.core.multiarray\n_reconstruct\n", "c_codecs\nencode\n"],
  ...[
    "X\x07\0\0\0storage",
    "X\x04\0\0\0data",
    "U\x06labels",
    "X\x02\0\0\0i8",
    "J\0\0\0\x80",
    "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
  ],
];
