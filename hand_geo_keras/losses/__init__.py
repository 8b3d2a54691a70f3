"""Losses of view synthesis."""

from hand_geo_keras.losses.foreground import foreground_mask
from hand_geo_keras.losses.pixel_feature_loss import PixelFeatureLoss
from hand_geo_keras.losses.resnet18_features import ResNet18Features

__all__ = ["PixelFeatureLoss", "ResNet18Features", "foreground_mask"]
