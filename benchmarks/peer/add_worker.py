"""Worker: `{"calls": n}` times n calls of torch.add on two tensors of one element."""

import time

import torch

from worker_protocol import serve

torch.set_num_threads(1)
left = torch.tensor([1.0])
right = torch.tensor([2.0])


def handle(command):
    add = torch.add
    start = time.perf_counter()
    for _ in range(command["calls"]):
        add(left, right)
    return {"seconds": time.perf_counter() - start}


serve(handle)
