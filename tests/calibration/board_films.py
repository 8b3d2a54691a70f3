"""Films a moving board with distorting lenses; rays come from `cv2.undistortPoints`."""

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from hand_geo_keras.geometry import Camera

SIZE = (640, 480)
COLUMNS, ROWS, SQUARE_MM = 10, 7, 25.0
PIXELS_PER_MM = 2.0
OVERSAMPLING = 1.5
_MARGIN_MM = 12


def webcam(name, turn, t, focal=600.0, distortion=(-0.2, 0.05, 1e-3, -5e-4, 0.0)):
    """A webcam; `turn` is a rotation vector, world to camera."""
    K = np.array([[focal, 0, 327.0], [0, focal * 1.004, 233.0], [0, 0, 1]])
    R = cv2.Rodrigues(np.array(turn, float))[0]
    return Camera(name, K, np.array(distortion), R, np.array(t, float), SIZE)


def charuco_image():
    side = int(SQUARE_MM * PIXELS_PER_MM)
    words = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    board = cv2.aruco.CharucoBoard((COLUMNS, ROWS), 1.0, 0.7, words)
    return board.generateImage((COLUMNS * side, ROWS * side), marginSize=0)


def chessboard_image():
    side = int(SQUARE_MM * PIXELS_PER_MM)
    squares = np.indices((ROWS, COLUMNS)).sum(0) % 2
    return np.uint8(255 * np.kron(squares, np.ones((side, side))))


def board_motion(count, centre, reach, seed=0, keys=14, tilt=0.65):
    """`(R [count, 3, 3], t [count, 3])` of a board's centre that rests and moves on."""
    rng = np.random.default_rng(seed)
    reach = np.array(reach, float)
    places = centre + rng.uniform(-reach, reach, (keys, 3))
    turns = rng.uniform([-tilt, -tilt, -0.4], [tilt, tilt, 0.4], (keys, 3))
    time = np.linspace(0, keys - 1, count)
    time = np.floor(time) + (t := time % 1) ** 2 * (3 - 2 * t)  # at rest at the keys
    path = PchipInterpolator(np.arange(keys), np.hstack([turns, places]))(time)
    R = np.array([cv2.Rodrigues(turn)[0] for turn in path[:, :3]])
    return R, path[:, 3:]


class Film:
    """Renders what a camera sees of a board, frame by frame.

    The board is warped to a pinhole camera of higher resolution, blurred, and looked up
    there by each pixel of the distorting lens.
    """

    def __init__(self, camera, image, blur=0.7, noise=3.0, seed=1):
        self._camera, self._noise = camera, noise
        self._blur = blur * OVERSAMPLING
        margin = int(_MARGIN_MM * PIXELS_PER_MM)
        paper = np.pad(image, margin, constant_values=255)
        self._paper = cv2.GaussianBlur(np.uint8(30 + 0.8 * paper), (0, 0), 0.7)
        width, height = camera.resolution
        u, v = np.meshgrid(np.arange(width), np.arange(height))
        pixels = np.stack([u, v], -1).reshape(-1, 1, 2).astype(np.float64)
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-10)
        ideal = cv2.undistortPoints(
            pixels, camera.K, camera.distortion, criteria=criteria
        ).reshape(height, width, 2)
        focal = OVERSAMPLING * camera.K[0, 0]
        corner = ideal.reshape(-1, 2).min(0)
        self._pinhole = np.diag([focal, focal, 1.0])
        self._pinhole[:2, 2] = -focal * corner
        self._places = np.float32(focal * (ideal - corner))
        self._size = tuple(np.int32(self._places.max((0, 1))) + 2)
        rng = np.random.default_rng(seed)
        self._grain = rng.normal(0, noise, (8, height, width)).astype(np.int16)
        self._count = 0

    def frame(self, R=None, t=None):
        """`[H, W, 3]` uint8 image of a board with its centre at `t`, or of none."""
        width, height = self._camera.resolution
        grey = np.full((height, width), 120, np.uint8)
        if R is not None:
            grey = self._board(self._camera.R @ R, self._camera.R @ t + self._camera.t)
        self._count += 1
        grainy = grey.astype(np.int16) + self._grain[self._count % 8]
        return cv2.merge([np.uint8(grainy.clip(0, 255))] * 3)

    def _board(self, R, t):
        centre = (np.array(self._paper.shape[::-1]) - 1) / 2
        to_mm = np.diag([1 / PIXELS_PER_MM, 1 / PIXELS_PER_MM, 1])
        to_mm[:2, 2] = -centre / PIXELS_PER_MM
        H = self._pinhole @ np.column_stack([R[:, 0], R[:, 1], t]) @ to_mm
        sharp = cv2.warpPerspective(self._paper, H, self._size, borderValue=120)
        sharp = cv2.GaussianBlur(sharp, (0, 0), self._blur)
        return cv2.remap(sharp, self._places, None, cv2.INTER_LINEAR)


def write_film(path, frames, size=SIZE, fps=30):
    """Writes `[H, W, 3]` uint8 frames; the ending says how: .avi is MJPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = cv2.VideoWriter_fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), code, fps, size)
    for frame in frames:
        writer.write(frame)
    writer.release()


def film_board(folder, cameras, motion, image, offsets=None, missing=None, **film):
    """Films a motion with several cameras.

    Args:
        folder: Folder to write `<name>.avi` to.
        cameras: Sequence of `Camera`.
        motion: `(R, t)`, see `board_motion`.
        image: Image of the board.
        offsets: dict from name to frames that a video has before instant 0.
        missing: dict from name to instants at which the board is hidden.
        **film: Further arguments of `Film`.
    """
    for number, camera in enumerate(cameras):
        offset = (offsets or {}).get(camera.name, 0)
        hidden = set((missing or {}).get(camera.name, ()))
        render = Film(camera, image, seed=number, **film)
        frames = [render.frame()] * offset
        frames += [
            render.frame(R, t) if instant not in hidden else render.frame()
            for instant, (R, t) in enumerate(zip(*motion))
        ]
        path = folder / f"{camera.name}.avi"
        write_film(path, frames[: len(motion[0])], camera.resolution)
