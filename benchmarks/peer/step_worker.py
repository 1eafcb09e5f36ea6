"""Worker: training steps of the peer. See ../worker-protocol.ts for the commands."""

import math
import time

import torch
import torch.nn.functional as F

from networks import NETWORKS
from searched import SearchedConv2d
from worker_protocol import peak_rss_bytes, serve


class Training:
    def __init__(self, network, batch, search, threads, learningRate):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.network = NETWORKS[network](search and search["values"]).train()
        for module in self.network.modules():
            if isinstance(module, SearchedConv2d):
                module.hard = search["mode"] != "soft"
                module.noise_scale = 1.0 if search["mode"] == "noise" else 0.0
        self.images = torch.randn(batch, 3, 32, 32)
        self.labels = torch.randint(0, 10, (batch,))
        self.sgd = torch.optim.SGD(self.network.parameters(), lr=learningRate, momentum=0.9, weight_decay=1e-4)

    def step(self):
        """One training step, metrics read as a training loop reads them: the seconds it took, and the loss."""
        start = time.perf_counter()
        logits = self.network(self.images)
        loss = F.cross_entropy(logits, self.labels)
        with torch.no_grad():
            hits = logits.topk(5).indices == self.labels.unsqueeze(1)
            hits[:, :1].sum().item()
            hits.sum().item()
        self.sgd.zero_grad(set_to_none=True)
        loss.backward()
        self.sgd.step()
        value = loss.item()
        return time.perf_counter() - start, value


training = None


def handle(command):
    global training
    if "network" in command:
        training = Training(**command)
        return {"libtorch": torch.__version__, "threads": torch.get_num_threads()}
    steps = [training.step() for _ in range(command["steps"])]
    loss = steps[-1][1]
    return {
        "seconds": [seconds for seconds, _ in steps],
        "peakRssBytes": peak_rss_bytes(),
        "loss": loss if math.isfinite(loss) else None,
    }


serve(handle)
