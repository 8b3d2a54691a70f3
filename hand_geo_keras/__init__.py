"""Semi-supervised monocular 3D hand pose from calibrated multi-view images."""

from hand_geo_keras._version import __version__

__all__ = ["__version__"]
