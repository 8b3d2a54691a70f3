"""Predicts the 21 joints of the hand in one photo and overlays them.

    python examples/predict_photo.py --photo=hand.jpg

Prints the joints in mm, relative to the wrist in the camera's axes (x right, y down, z
away from it), and writes the photo with the skeleton. `hand-geo predict` does the same
for videos, folders of images and several views, and writes files for programs.
"""

from absl import app, flags

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.prediction import predict_photo

FLAGS = flags.FLAGS
flags.DEFINE_string("model", "hand_128", "Run, .keras file, or preset.")
flags.DEFINE_string("photo", None, "Image file.", required=True)
flags.DEFINE_enum(
    "side", None, ["right", "left"], "Which hand it is; hand_128 tells by itself."
)
flags.DEFINE_list(
    "box",
    None,
    "cx,cy,side in pixels of a square 1.4 times as large as the hand; by default "
    "hand_128 searches, other models take the largest square in the centre.",
)
flags.DEFINE_float(
    "hand_size_mm", None, "Wrist to middle knuckle of the person, for true lengths."
)
flags.DEFINE_string("out_file", "pose.png", "Image to write.")


def main(_):
    try:
        hand = predict_photo(
            FLAGS.model,
            FLAGS.photo,
            FLAGS.side,
            FLAGS.box and tuple(map(float, FLAGS.box)),
            hand_size_mm=FLAGS.hand_size_mm,
            out_file=FLAGS.out_file,
        )
    except (HandGeoError, ValueError) as error:
        raise SystemExit(f"error: {error}") from error
    score = "" if hand.score is None else f", score {hand.score:.2f}"
    print(f"{hand.side} hand{score}")
    print(f"{'joint':<16}{'x, mm':>9}{'y, mm':>9}{'z, mm':>9}{'u, px':>9}{'v, px':>9}")
    for name, joint, pixel in zip(JOINT_NAMES, hand.joints, hand.pixels):
        print(f"{name:<16}" + "".join(f"{value:9.1f}" for value in (*joint, *pixel)))
    print(f"Wrote {FLAGS.out_file}")


if __name__ == "__main__":
    app.run(main)
