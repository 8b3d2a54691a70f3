"""The reference network and its training step, written independently in PyTorch.

The encoder, decoder and background branch of Rhodin et al.'s code as the paper uses
them, the exchange of views and the pixel and feature loss: what a step of
`reference_unet` and `quarter_unet_64` computes, without a line of this project.
"""

import sys

import torch
from torch import nn
from torch.nn.functional import relu

# Not needed, looked for at the first step, and crashes if TensorFlow came first.
sys.modules.setdefault("triton", None)


def conv(inner, outer, size=3, stride=1, bias=True):
    return nn.Conv2d(inner, outer, size, stride, size // 2, bias=bias)


def conv_norm(inner, outer):
    return [conv(inner, outer), nn.BatchNorm2d(outer), nn.ReLU(inplace=True)]


class Encoder(nn.Module):
    """`[B, 3, S, S]` -> latent points `[B, N, 3]` and appearance `[B, D]`."""

    def __init__(self, size, widths, points, appearance, dropout=0.3):
        super().__init__()
        layers, inner = [], 3
        for stage, width in enumerate(widths):
            layers += [nn.MaxPool2d(2)] if stage else []
            layers += conv_norm(inner, width) + conv_norm(width, width)
            inner = width
        features = inner * (size >> (len(widths) - 1)) ** 2
        self.trunk = nn.Sequential(*layers, nn.Flatten())
        self.to_latent = nn.Sequential(
            nn.Linear(features, 3 * points), nn.Dropout(dropout)
        )
        self.to_appearance = nn.Sequential(
            nn.Linear(features, appearance), nn.Dropout(dropout), nn.ReLU()
        )

    def forward(self, images):
        code = self.trunk(images)
        latent = self.to_latent(code).float()
        return latent.unflatten(1, (-1, 3)), self.to_appearance(code)


class Decoder(nn.Module):
    """Latent points, appearance and background -> `[B, 3, S, S]`."""

    def __init__(self, size, widths, points, appearance, dropout=0.3):
        super().__init__()
        self.side = size >> (len(widths) - 1)
        self.hand_channels = widths[-1] - appearance
        self.to_map = nn.Sequential(
            nn.Flatten(),
            nn.Linear(3 * points, self.hand_channels * self.side**2),
            nn.Dropout(dropout),
            nn.ReLU(),
        )
        layers, inner = [], widths[-1]
        for stage, width in reversed(list(enumerate(widths[:-1]))):
            layers.append(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            )
            layers += conv_norm(inner, width)
            if stage:  # the first stage's follow where the background has joined
                layers += [conv(width, width), nn.ReLU(), conv(width, width), nn.ReLU()]
            inner = width
        self.up = nn.Sequential(*layers)
        self.background = nn.Sequential(*conv_norm(3, inner), *conv_norm(inner, inner))
        self.merge = nn.Sequential(
            conv(2 * inner, inner),
            nn.ReLU(),
            conv(inner, inner),
            nn.ReLU(),
            conv(inner, 3, 1),
        )

    def forward(self, latent, appearance, background):
        hand = self.to_map(latent)
        hand = hand.unflatten(1, (self.hand_channels, self.side, self.side))
        tiled = appearance[:, :, None, None].expand(-1, -1, self.side, self.side)
        decoded = self.up(torch.cat([tiled, hand], 1))
        return self.merge(torch.cat([self.background(background), decoded], 1))


class Block(nn.Module):
    """A residual block of ResNet-18."""

    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv1, self.bn1 = (
            conv(inner, outer, 3, stride, bias=False),
            nn.BatchNorm2d(outer),
        )
        self.conv2, self.bn2 = conv(outer, outer, bias=False), nn.BatchNorm2d(outer)
        self.shortcut = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(
                conv(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer)
            )

    def forward(self, maps):
        inner = relu(self.bn1(self.conv1(maps)))
        return relu(self.bn2(self.conv2(inner)) + self.shortcut(maps))

    def fold(self):
        self.conv1, self.bn1 = folded(self.conv1, self.bn1), nn.Identity()
        self.conv2, self.bn2 = folded(self.conv2, self.bn2), nn.Identity()
        if isinstance(self.shortcut, nn.Sequential):
            self.shortcut = folded(*self.shortcut)


class Features(nn.Module):
    """relu(conv1), layer1 and layer2 of a ResNet-18 with random weights, frozen."""

    def __init__(self, fold):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 64, 7, 2, bias=False), nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Block(64, 64), Block(64, 64))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128))
        self.eval().requires_grad_(False)
        if fold:
            self.conv1, self.bn1 = folded(self.conv1, self.bn1), nn.Identity()
            for block in (*self.layer1, *self.layer2):
                block.fold()

    def forward(self, images):
        stem = relu(self.bn1(self.conv1(images)))
        layer1 = self.layer1(self.pool(stem))
        return stem, layer1, self.layer2(layer1)


def folded(convolution, norm):
    return nn.utils.fuse_conv_bn_eval(convolution, norm).requires_grad_(False)


class TorchStep:
    """One training step on random quads.

    Args:
        size, widths, points, appearance: Size of the network, as in its Keras preset.
        quads: Quads of four images in a batch.
        channels_last: Whether tensors are laid out as oneDNN likes them.
        folded: Whether the features' batch normalisation is folded and Adam is fused.
        bfloat16: Whether convolutions run under bfloat16 autocast.
    """

    def __init__(
        self,
        size,
        widths,
        points,
        appearance,
        quads,
        channels_last=False,
        folded=False,
        bfloat16=False,
    ):
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.bfloat16 = bfloat16
        arguments = size, widths, points, appearance
        self.encoder, self.decoder, self.features = (
            part.to(memory_format=layout)
            for part in (Encoder(*arguments), Decoder(*arguments), Features(folded))
        )
        self.parameters = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, 1e-3, fused=folded or None)
        shape = (4 * quads, 3, size, size)
        self.images, self.backgrounds = (
            torch.randn(shape).contiguous(memory_format=layout) for _ in range(2)
        )
        self.rotations = torch.eye(3).expand(4 * quads, 3, 3)
        self.order = torch.arange(4 * quads).view(-1, 4)

    @property
    def num_parameters(self):
        return sum(parameter.numel() for parameter in self.parameters)

    def __call__(self):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            loss = self.loss()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def loss(self):
        latent, appearance = self.encoder(self.images)
        partner = self.order[:, [1, 0, 3, 2]].reshape(-1)  # the other view
        other = self.order[:, [2, 3, 0, 1]].reshape(-1)  # the other instant
        rotated = latent[partner] @ self.rotations.transpose(1, 2)
        decoded = self.decoder(rotated, appearance[other], self.backgrounds)
        with torch.no_grad():
            wanted = self.features(self.images)
        distances = [
            (own.float() - true.float()).abs().mean()
            for own, true in zip(self.features(decoded), wanted, strict=True)
        ]
        pixels = (decoded.float() - self.images).abs().mean()
        return pixels + 2.0 * sum(distances) / len(distances)
