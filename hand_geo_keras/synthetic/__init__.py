"""A rendered dome of 31 cameras, written in CMU Panoptic's on-disk format."""

from hand_geo_keras.synthetic.dome_writer import write_dome
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.variants import SequenceSpec, sequences_of

__all__ = ["SequenceSpec", "SyntheticSequence", "sequences_of", "write_dome"]
