"""Errors raised for bad input; each message is one sentence naming file and fix."""


class HandGeoError(ValueError):
    """Base class of every error that this package raises for bad input."""


class CalibrationError(HandGeoError):
    """A camera calibration is malformed or geometrically impossible."""


class RecordingError(HandGeoError):
    """A recording's videos or images are missing, unreadable or inconsistent."""


class LabelError(HandGeoError):
    """A label file or a single 3D label is malformed or cannot be used."""


class DatasetError(HandGeoError):
    """Prepared instants on disk are missing, empty or from another preparation."""


class WeightsError(HandGeoError):
    """A weight file is missing, of an unknown layout, or does not fit the network."""


class StorageError(HandGeoError):
    """A file cannot be written: the disk is full or the folder is read-only."""


class TrainingError(HandGeoError):
    """A training cannot continue: a number is not finite, or its backup misfits."""
