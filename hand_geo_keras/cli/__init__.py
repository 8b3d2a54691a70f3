"""The command `hand-geo`: everything that needs no Python."""

from hand_geo_keras.cli.main import main

__all__ = ["main"]
