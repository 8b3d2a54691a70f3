"""Every way into the package for one hand, to compare the joints that come out.

    python -m tests.doors photo.jpg

prints how far each way's joints are from those of `hand_geo_keras.predict`, in mm.
Ways that take whole images get the file; ways that take crops get the crop that
`predict` itself showed the network last. Takes two minutes.
"""

import argparse
import base64
import contextlib
import importlib.util
import io
import json
import shutil
import tempfile
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

import hand_geo_keras
from hand_geo_keras.cli import main
from hand_geo_keras.geometry import virtual_camera, warp_crop
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.prediction.hand_reader import HandReader, Region
from hand_geo_keras.prediction.image_predictor import nominal_camera
from hand_geo_keras.prediction.pose_model import load_view_synthesizer
from hand_geo_keras.serving import export, export_onnx, export_tflite
from hand_geo_keras.viewer.page import PageServer, ViewerSession, load_view_model
from hand_geo_keras.viewer.page.hand_image import HandImage
from tests.serving.rest_json import reply, translate

PRESET = "hand_128"
HAS_ONNX = all(map(importlib.util.find_spec, ("tf2onnx", "onnxruntime")))


def pixels_of(file):
    """`[H, W, 3]` uint8 RGB of an 8-bit file by Pillow, none of the package's code."""
    return np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB"))


class PhotoDoors:
    """Ways that take a whole image; joints `[21, 3]` in mm, camera axes.

    Args:
        folder: Empty folder for what the ways write.
        page: A started `PageServer` of the preset.
    """

    def __init__(self, folder, page):
        self.folder, self.page = folder, page
        self.doors = {
            "predict(file)": self.of_image,
            "predict(array)": self.of_array,
            "hand-geo predict photo": self.of_command,
            "hand-geo predict folder": self.of_folder,
            "hand-geo predict video": self.of_video,
            "page": self.of_page,
        }

    def of_image(self, image, box=None):
        return hand_geo_keras.predict(image, PRESET, most=1, boxes=box)[0].joints

    def of_array(self, file, box=None):
        return self.of_image(pixels_of(file), box)

    def of_command(self, file, box=None):
        out_dir = tempfile.mkdtemp(dir=self.folder)
        place = [] if box is None else ["--boxes=" + ",".join(map(str, box))]
        command = ["predict", str(file), f"--out_dir={out_dir}", "--no_images", *place]
        with contextlib.redirect_stdout(io.StringIO()):
            assert main(command) == 0
        hands = json.loads((Path(out_dir) / "keypoints.json").read_text())["hands"]
        return np.array(hands[0]["joints_mm"])

    def of_folder(self, file, box=None):
        folder = tempfile.mkdtemp(dir=self.folder)
        shutil.copy(file, folder)
        return self.of_command(folder, box)

    def of_video(self, file, box=None):
        """The first frame: later ones are smoothed and read where the last hand was."""
        image = pixels_of(file)
        path = Path(tempfile.mkdtemp(dir=self.folder)) / "clip.avi"
        lossless = cv2.VideoWriter_fourcc(*"FFV1")
        writer = cv2.VideoWriter(str(path), lossless, 10, image.shape[1::-1])
        for _ in range(2):
            writer.write(image[..., ::-1])
        writer.release()
        return self.of_command(path, box)

    def of_page(self, file, box=None):
        request = {"image": base64.b64encode(Path(file).read_bytes()).decode()}
        if box is not None:
            request |= {"box": list(box), "side": "right"}
        body = json.dumps(request).encode()
        kind = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.page.url}api/encode", body, kind)
        with urllib.request.urlopen(asked) as received:
            answer = json.load(received)
        crop = HandImage(pixels_of(file), np.array(answer["box"])).virtual_camera(1)
        return np.array(answer["joints"][0]) @ crop.R


def opened_page():
    """`PageServer` of the preset, to be used in a `with` block."""
    return PageServer(ViewerSession([load_view_model(PRESET)]))


def last_crop(image, box, reader):
    """What `predict(image, boxes=box)` shows the network last: crop, scale, rotation.

    Returns:
        `[S, S, 3]` uint8 RGB, half its side over its focal length, and the `[3, 3]`
        rotation by which row vectors in the camera's axes are `joints @ rotation`.
    """
    camera, region = nominal_camera(image), Region(np.asarray(box, np.float64))
    (first,) = reader.read([image], [camera], [region], ["right"], passes=1)
    seen = virtual_camera(camera, first.region.box, reader.size)
    seen = seen.rolled(first.region.roll)
    return warp_crop(image, camera, seen), seen.size / 2 / seen.K[0, 0], seen.R


class CropDoors:
    """Ways that take a crop `[S, S, 3]`; joints `[21, 3]` in mm, the crop's axes.

    Args:
        folder: Empty folder for the exported models.
    """

    def __init__(self, folder):
        self.model = PoseEstimator.from_preset(PRESET)
        base = folder / "served"
        synthesizer = load_view_synthesizer(PRESET, self.model)
        self.served = tf.saved_model.load(str(export(self.model, base, synthesizer)))
        tflite, self.onnx = folder / "hand.tflite", {}
        export_tflite(self.model, tflite)
        self.tflite = tf.lite.Interpreter(str(tflite))
        for name in ("serving_default", "read") if HAS_ONNX else ():
            path = folder / f"{name}.onnx"
            export_onnx(self.model, path, name)
            self.onnx[name] = _session(path)

    @property
    def plain(self):
        """dict from name to function of a crop: the lens is not told."""
        predict = self.model.predict
        doors = {
            "PoseEstimator.predict(array)": lambda c: predict(c[None], verbose=0)[0],
            "PoseEstimator.predict(list)": lambda c: predict([c], verbose=0)[0],
            "PoseEstimator.predict(dict)": lambda c: predict(
                {"image": c[None]}, verbose=0
            )[0],
            "SavedModel serving_default": lambda c: self._served(image=c[None]),
            "SavedModel predict_bytes": lambda c: self.of_bytes(_png(c)),
            "REST rows": lambda c: self._rest({"instances": [c.tolist()]}),
            "REST b64": lambda c: self.rest_of_bytes(_png(c)),
            "TFLite, default call": self._tflite_default,
            "TFLite serving_default": lambda c: self._tflite(
                "serving_default", image=c[None]
            ),
        }
        if self.onnx:
            doors["ONNX serving_default"] = lambda c: self.onnx["serving_default"](
                image=c[None]
            )
        return doors

    @property
    def scaled(self):
        """dict from name to function of a crop and its scale."""

        def inputs(crop, scale):
            return {"image": crop[None], "scale": np.float32([scale])}

        def rest(crop, scale):
            row = {"image": crop.tolist(), "scale": scale}
            return self._rest({"signature_name": "read", "instances": [row]})

        doors = {
            "PoseEstimator.predict(dict), scale": lambda *of: self.model.predict(
                inputs(*of), verbose=0
            )[0],
            "SavedModel read": lambda *of: self._served("read", **inputs(*of)),
            "REST read": rest,
            "TFLite read": lambda *of: self._tflite("read", **inputs(*of)),
        }
        if self.onnx:
            doors["ONNX read"] = lambda *of: self.onnx["read"](**inputs(*of))
        return doors

    def of_bytes(self, file):
        """Joints of an encoded crop through `predict_bytes`."""
        return self._served("predict_bytes", image_bytes=np.array([file]))

    def rest_of_bytes(self, file):
        """Joints of an encoded crop through a REST request."""
        row = {"b64": base64.b64encode(file).decode()}
        return self._rest({"signature_name": "predict_bytes", "instances": [row]})

    def _served(self, signature="serving_default", **inputs):
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        return self.served.signatures[signature](**tensors)["joints_mm"][0].numpy()

    def _rest(self, body):
        """JSON in, JSON out, in between what TensorFlow Serving does with it."""
        body = json.loads(json.dumps(body))
        name = body.get("signature_name", "serving_default")
        signature = self.served.signatures[name]
        name, inputs = translate(body, signature.structured_input_signature[1])
        tensors = {key: tf.constant(value) for key, value in inputs.items()}
        outputs = {key: v.numpy() for key, v in signature(**tensors).items()}
        (row,) = json.loads(json.dumps(reply(body, outputs)))["predictions"]
        return np.array(row["joints_mm"] if isinstance(row, dict) else row)

    def _tflite(self, signature, **inputs):
        runner = self.tflite.get_signature_runner(signature)
        return runner(**inputs)["joints_mm"][0]

    def _tflite_default(self, crop):
        """As programs do that know nothing of signatures."""
        (given,) = self.tflite.get_input_details()
        (asked,) = self.tflite.get_output_details()
        self.tflite.resize_tensor_input(given["index"], [1, *crop.shape])
        self.tflite.allocate_tensors()
        self.tflite.set_tensor(given["index"], crop[None])
        self.tflite.invoke()
        return self.tflite.get_tensor(asked["index"])[0]


def _session(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes())
    return lambda **inputs: session.run(["joints_mm"], inputs)[0][0]


def _png(image):
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()


def largest_mm(joints, expected):
    """Largest distance between joints of the same number in mm."""
    return float(np.linalg.norm(joints - expected, axis=-1).max())


def _rows(file):
    """Yields `(what is compared, name, mm)`."""
    with tempfile.TemporaryDirectory() as made, opened_page() as page:
        page.start()
        photos = PhotoDoors(Path(made), page)
        found = hand_geo_keras.predict(file, PRESET, most=1)[0]
        box = tuple(found.box.tolist())
        for name, door in photos.doors.items():
            yield "searched", name, largest_mm(door(file), found.joints)
        in_box = photos.of_image(file, box)
        for name, door in photos.doors.items():
            yield "in a box", name, largest_mm(door(file, box), in_box)
        crop, scale, rotation = last_crop(pixels_of(file), box, HandReader(PRESET))
        crops = CropDoors(Path(made))
        for name, door in crops.scaled.items():
            joints = door(crop, scale) @ rotation
            yield "last crop, its scale", name, largest_mm(joints, in_box)
        expected = crops.plain["PoseEstimator.predict(array)"](crop)
        for name, door in crops.plain.items():
            yield "last crop, lens unknown", name, largest_mm(door(crop), expected)
        joints = expected @ rotation
        yield "the lens told or not", "largest difference", largest_mm(joints, in_box)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photo", type=Path, help="photo of a right hand, 8 bits")
    for row in _rows(parser.parse_args().photo):
        print("| {} | {} | {:.4f} |".format(*row), flush=True)
