"""Cameras, rotations, crops and the hand skeleton; knows nothing of Keras."""

from hand_geo_keras.geometry.boxes import box_inside_fraction, central_box, square_box
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.rotations import (
    looking_along,
    relative_rotation,
    roll_matrix,
)
from hand_geo_keras.geometry.triangulation import (
    nearest_to_rays,
    reprojection_error,
    triangulate,
)
from hand_geo_keras.geometry.virtual_camera import (
    VirtualCamera,
    homography,
    virtual_camera,
    warp_crop,
    warp_crops,
)

__all__ = [
    "Camera",
    "VirtualCamera",
    "box_inside_fraction",
    "central_box",
    "homography",
    "looking_along",
    "nearest_to_rays",
    "relative_rotation",
    "reprojection_error",
    "roll_matrix",
    "square_box",
    "triangulate",
    "virtual_camera",
    "warp_crop",
    "warp_crops",
]
