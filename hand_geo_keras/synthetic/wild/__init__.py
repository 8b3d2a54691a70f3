"""Hands rendered straight into crops: any room, any view, multi-view instants."""

from hand_geo_keras.synthetic.wild.wild_scene import WildScene
from hand_geo_keras.synthetic.wild.wild_writer import write_wild

__all__ = ["WildScene", "write_wild"]
