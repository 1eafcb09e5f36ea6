"""Worker: the search operator of the peer and its SGD, without a network. See ../search-peer.ts for the commands."""

import time

import torch
from torch import nn

from searched import sample
from worker_protocol import serve


class Search:
    """N weights with K logits each, and the gradient that a network would give the weights."""

    def __init__(self, weights, values, mode, threads):
        torch.set_num_threads(threads)
        self.logits = nn.Parameter(torch.randn(weights, len(values)))
        self.values = torch.tensor(values, dtype=torch.float32)
        self.gradient = torch.randn(weights)
        self.hard = mode != "soft"
        self.noise_scale = 1.0 if mode == "noise" else 0.0
        self.sgd = torch.optim.SGD([self.logits], lr=1e-3, momentum=0.9, weight_decay=1e-4)

    def step(self):
        """Draws the weights, takes their gradient to the logits, moves those: the seconds it took."""
        start = time.perf_counter()
        self.sgd.zero_grad(set_to_none=True)
        sample(self.logits, self.values, 1.0, self.hard, self.noise_scale).backward(self.gradient)
        self.sgd.step()
        return time.perf_counter() - start


search = None


def handle(command):
    global search
    if "weights" in command:
        search = Search(**command)
        return {"libtorch": torch.__version__, "threads": torch.get_num_threads()}
    return {"seconds": [search.step() for _ in range(command["steps"])]}


serve(handle)
