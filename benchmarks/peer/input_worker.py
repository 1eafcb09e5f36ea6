"""Worker: images to normalised batches by torchvision and Pillow. See ../input-protocol.ts for the command.

`{"image": path}` is answered by the bytes of Resize(256), CenterCrop(224), in base64, for ../resize-pillow.ts.
"""

import base64
import time

import torch
from PIL import Image
from torchvision import transforms as T

from worker_protocol import serve

torch.set_num_threads(1)
NORMALIZE = T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
MIDDLE = T.Compose([T.Resize(256), T.CenterCrop(224)])
PARTS = {
    "train": T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor(), NORMALIZE]),
    "val": T.Compose([MIDDLE, T.ToTensor(), NORMALIZE]),
}


def load(path):
    """As torchvision's ImageFolder loads an image."""
    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


def handle(command):
    if "image" in command:
        return {"rgb": base64.b64encode(MIDDLE(load(command["image"])).tobytes()).decode()}
    files, batch = command["files"], command["batch"]
    transform = PARTS[command["part"]]
    torch.manual_seed(command["seed"])
    start = time.perf_counter()
    for first in range(0, len(files), batch):
        torch.stack([transform(load(path)) for path in files[first : first + batch]])
    return {"seconds": time.perf_counter() - start}


serve(handle)
