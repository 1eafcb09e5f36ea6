"""Weights searched over a value set, and a convolution with them, composed of PyTorch's own operators."""

import math

import torch
from torch import nn
import torch.nn.functional as F


def sample(alpha, values, temperature, hard, noise_scale):
    """Weights [...] from logits `alpha` [..., K] over K values: straight-through softmax if `hard`, else the expected value."""
    if noise_scale > 0:
        alpha = alpha + noise_scale * -torch.log(-torch.log(torch.rand_like(alpha)))
    y = F.softmax(alpha / temperature, dim=-1)
    if hard:
        index = y.argmax(dim=-1, keepdim=True)
        y_hard = torch.zeros_like(y).scatter_(-1, index, 1.0)
        y = y_hard - y.detach() + y
    return (y * values).sum(-1)


class SearchedConv2d(nn.Module):
    """Straight-through softmax over the K logits `alpha` [O, I, k, k, K] of each weight, then a convolution."""

    def __init__(self, in_channels, out_channels, kernel_size, values, stride=1, padding=0):
        super().__init__()
        shape = (out_channels, in_channels, kernel_size, kernel_size, len(values))
        self.alpha = nn.Parameter(math.log(1 / len(values)) + 1e-5 * (torch.rand(shape) - 0.5))
        self.register_buffer("qvals", torch.tensor(values, dtype=torch.float32))
        self.stride = stride
        self.padding = padding
        self.temperature = 1.0
        self.hard = True
        self.noise_scale = 0.0

    def sampled_weight(self):
        return sample(self.alpha, self.qvals, self.temperature, self.hard, self.noise_scale)

    def forward(self, x):
        return F.conv2d(x, self.sampled_weight(), stride=self.stride, padding=self.padding)
