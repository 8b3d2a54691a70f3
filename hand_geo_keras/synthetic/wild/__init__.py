"""Hands rendered straight into crops: any room, any view, multi-view instants."""

from hand_geo_keras.synthetic.wild.backdrops import Backdrops
from hand_geo_keras.synthetic.wild.wild_scene import WildScene

__all__ = ["Backdrops", "WildScene"]
