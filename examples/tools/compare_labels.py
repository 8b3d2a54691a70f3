"""How far the labels of one recording are from those of another of the same frames.

    hand-geo label my_rig --detector=hand_128
    python examples/tools/compare_labels.py --labels=my_rig --reference=labelled_rig

Both folders hold the same videos and calibration. Errors are in mm, over all frames
that both label and over the last fifth (`--fraction`) of the frames that the reference
labels.
"""

import numpy as np
from absl import app, flags

from hand_geo_keras.evaluation import errors_of_each
from hand_geo_keras.recordings import open_recording

_LABELS = flags.DEFINE_string("labels", None, "Rig whose labels are measured.")
_REFERENCE = flags.DEFINE_string(
    "reference", None, "Rig with the labels to measure by."
)
_FRACTION = flags.DEFINE_list(
    "fraction", ["0.8", "1.0"], "Part of the reference's labelled frames."
)


def main(_):
    reference, labels = map(open_recording, (_REFERENCE.value, _LABELS.value))
    frames = [f for f in range(reference.num_frames) if reference.hands(f)]
    low, high = (round(float(part) * len(frames)) for part in _FRACTION.value)
    for name, some in (("all", frames), ("part", frames[low:high])):
        both = [frame for frame in some if labels.hands(frame)]
        print(f"{name}: {len(both)} of {len(some)} frames are labelled by both")
        if both:
            true, found = (_joints(rig, both) for rig in (reference, labels))
            errors = errors_of_each(true, found, np.ones(true.shape[:2], bool))
            for measure, values in errors.items():
                print(f"  {measure}: {np.mean(values):.1f}")


def _joints(recording, frames):
    """`[F, 21, 3]` mm relative to the wrist."""
    joints = np.stack([recording.hands(frame)[0].joints for frame in frames])
    return joints - joints[:, :1]


if __name__ == "__main__":
    flags.mark_flags_as_required(["labels", "reference"])
    app.run(main)
