"""Puts some frames of a video side by side.

    python examples/tools/video_strip.py --video=predicted/annotated.mp4 \\
        --frames=230,250,270 --output=strip.png
"""

from pathlib import Path

from absl import app, flags

from hand_geo_keras.io import write_image
from hand_geo_keras.recordings.video_frames import VideoFrames
from hand_geo_keras.visualization.image_grid import image_grid

FLAGS = flags.FLAGS
flags.DEFINE_string("video", None, "Video file.", required=True)
flags.DEFINE_list("frames", None, "0-based frames.", required=True)
flags.DEFINE_string("output", None, "PNG file to write.", required=True)
flags.DEFINE_integer("height", 300, "Side of each image in pixels.")


def main(_):
    chosen = sorted(map(int, FLAGS.frames))
    images = [square(image) for _, image in VideoFrames(Path(FLAGS.video)).read(chosen)]
    heads = [f"frame {frame}" for frame in chosen]
    write_image(FLAGS.output, image_grid([images], heads, FLAGS.height))


def square(image):
    """The central square of an `[H, W, 3]` image."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


if __name__ == "__main__":
    app.run(main)
