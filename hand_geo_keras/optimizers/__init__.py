"""Optimizers of the package's trainings."""

from hand_geo_keras.optimizers.conv_muon import ConvMuon
from hand_geo_keras.optimizers.fused_adam import FusedAdam, FusedAdamW
from hand_geo_keras.optimizers.two_rate_adam import TwoRateAdam

__all__ = ["ConvMuon", "FusedAdam", "FusedAdamW", "TwoRateAdam"]
