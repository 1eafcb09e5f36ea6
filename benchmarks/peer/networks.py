"""ResNet-20 and VGG-small as a user of PyTorch writes them; float where `values` is None, else searched."""

from torch import nn
import torch.nn.functional as F

from searched import SearchedConv2d


def conv3x3(in_channels, out_channels, values, fan_mode, stride=1):
    if values is not None:
        return SearchedConv2d(in_channels, out_channels, 3, values, stride=stride, padding=1)
    conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode=fan_mode, nonlinearity="relu")
    return conv


class BasicBlock(nn.Module):
    def __init__(self, in_channels, channels, stride, values):
        super().__init__()
        self.conv1 = conv3x3(in_channels, channels, values, "fan_in", stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels, values, "fan_in")
        self.bn2 = nn.BatchNorm2d(channels)
        self.stride = stride
        self.added = channels - in_channels

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.stride != 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.added // 2, self.added // 2))
        return F.relu(out + x)


class ResNet20(nn.Module):
    def __init__(self, values, num_classes=10):
        super().__init__()
        self.conv1 = conv3x3(3, 16, None, "fan_in")
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, 1, values)
        self.layer2 = self._stage(16, 32, 2, values)
        self.layer3 = self._stage(32, 64, 2, values)
        self.linear = nn.Linear(64, num_classes)
        nn.init.kaiming_normal_(self.linear.weight)

    @staticmethod
    def _stage(in_channels, channels, stride, values):
        return nn.Sequential(
            BasicBlock(in_channels, channels, stride, values),
            BasicBlock(channels, channels, 1, values),
            BasicBlock(channels, channels, 1, values),
        )

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


class VggSmall(nn.Module):
    def __init__(self, values, num_classes=10):
        super().__init__()
        channels = [3, 128, 128, 256, 256, 512, 512]
        for i in range(1, 7):
            setattr(self, f"conv{i}", conv3x3(channels[i - 1], channels[i], None if i == 1 else values, "fan_out"))
            setattr(self, f"bn{i}", nn.BatchNorm2d(channels[i]))
        self.fc = nn.Linear(8192, num_classes)
        nn.init.normal_(self.fc.weight, 0, 0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(F.max_pool2d(self.conv2(x), 2)))
        x = F.relu(self.bn3(self.conv3(x)))
        x = F.relu(self.bn4(F.max_pool2d(self.conv4(x), 2)))
        x = F.relu(self.bn5(self.conv5(x)))
        x = F.relu(self.bn6(F.max_pool2d(self.conv6(x), 2)))
        return self.fc(x.flatten(1))


NETWORKS = {"resnet20": ResNet20, "vgg_small": VggSmall}
