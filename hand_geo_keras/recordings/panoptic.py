"""CMU Panoptic trees."""

from hand_geo_keras.recordings.recording import Recording


class PanopticRecording(Recording):
    """Reads a CMU Panoptic tree."""
