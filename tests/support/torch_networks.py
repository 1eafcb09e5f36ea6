"""Writes a network's random state dict, images, and PyTorch's logits of them in evaluation: `NAME FOLDER`."""
import sys

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, features, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(features, 3 * features)
        self.proj = nn.Linear(features, features)

    def forward(self, x):
        n, t, e = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, e // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / (e // self.heads) ** 0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, t, e))


class Mlp(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, features)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, features, heads, ratio):
        super().__init__()
        self.norm1 = nn.LayerNorm(features, eps=1e-6)
        self.attn = Attention(features, heads)
        self.norm2 = nn.LayerNorm(features, eps=1e-6)
        self.mlp = Mlp(features, ratio * features)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self, size, patch, features, depth, heads, ratio, classes):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, features))
        self.pos_embed = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, features))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, features, patch, patch)
        self.blocks = nn.Sequential(*[Block(features, heads, ratio) for _ in range(depth)])
        self.norm = nn.LayerNorm(features, eps=1e-6)
        self.head = nn.Linear(features, classes)

    def forward(self, x):
        x = self.patch_embed.proj(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


def mobilenet():
    import torchvision

    return torchvision.models.mobilenet_v2(num_classes=7)


NETWORKS = {
    "mobilenet_v2": (64, mobilenet),
    "vit_tiny_patch16_224": (224, lambda: VisionTransformer(224, 16, 192, 12, 3, 4, 7)),
    "vit": (32, lambda: VisionTransformer(32, 4, 128, 6, 4, 2, 7)),
}

name, folder = sys.argv[1:]
torch.manual_seed(1)
size, build = NETWORKS[name]
network = build().eval()
for module in network.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.running_mean.normal_(0, 0.1)
        module.running_var.uniform_(0.5, 1.5)
    if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
        nn.init.uniform_(module.weight, 0.5, 1.5)
        nn.init.normal_(module.bias, 0, 0.1)
images = torch.randn(2, 3, size, size)
with torch.no_grad():
    logits = network(images)
torch.save(network.state_dict(), f"{folder}/model.pth")
images.numpy().tofile(f"{folder}/images.f32")
logits.numpy().tofile(f"{folder}/logits.f32")
