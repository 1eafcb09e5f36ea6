"""Writes the pickles of the corpus: python3 tests/fuzz/corpus/make.py tests/fuzz/corpus"""

import pickle
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
images = np.tile(np.arange(12, dtype=np.uint8), 512).reshape(2, 3072)


def write(name, value, protocol):
    (folder / f"{name}.pickle").write_bytes(pickle.dumps(value, protocol))


write("batch-10-protocol2", {b"labels": [3, 9], b"data": images[:, ::-1].copy()}, 2)
write("batch-10-protocol4", {"labels": np.array([3, 9]), "data": images}, 4)
write("batch-10-protocol5", {"labels": [3, 9], "data": np.asfortranarray(images)}, 5)
write("batch-100-protocol3", {b"fine_labels": [99, 0], b"coarse_labels": [1, 2], b"data": images}, 3)
write("names-10", {b"num_cases_per_batch": 10000, b"label_names": [f"class{i}".encode() for i in range(10)]}, 3)
write("names-100", {"fine_label_names": [f"class{i}" for i in range(100)], "coarse_label_names": ["a", "b"]}, 4)
shared = [1, 2.5, -3, 2**40, True, None, "text", b"bytes", ("tuple", ()), {"key": np.int64(7)}]
write("values-protocol2", [shared, shared, {"é": np.zeros((0, 3), np.int16)}], 2)
write("values-protocol5", [shared, shared, bytearray(b"array"), np.arange(4, dtype=">i4")], 5)
