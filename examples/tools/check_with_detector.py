"""Asks a third-party detector whether the synthetic hands are hands.

Two steps, because the detector lives in a virtual environment of its own:

    python examples/tools/check_with_detector.py --export=crops.npz
    python -m venv detector && detector/bin/pip install mediapipe==0.10.14
    detector/bin/python examples/tools/check_with_detector.py --crops=crops.npz \
        --failures=failures.png

The first renders crops from the dome with their projected joints. The second runs
MediaPipe Hands on them and prints how often it finds a hand, leaving out fists seen
edge-on, and how far its 21 landmarks lie from ours (median, relative to the hand box,
1.5 times the joints' extent). Takes a minute.
"""

import argparse

import cv2
import numpy as np

SIZE = 384
BOX = SIZE * 1.5 / 2.0  # crops are cut with twice the joints' extent
FIST_DEGREES = 70.0  # mean flexion of the middle joints
EDGE_ON = 0.5  # |cosine| between palm normal and line of sight


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--export", help="Render crops into this .npz.")
    parser.add_argument("--crops", help="Run the detector on this .npz.")
    parser.add_argument("--failures", help="PNG of the crops without a detection.")
    parser.add_argument("--instants", type=int, default=10, help="Per subject.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--confidence", type=float, default=0.5)
    arguments = parser.parse_args()
    if bool(arguments.export) == bool(arguments.crops):
        parser.error("give either --export or --crops")
    if arguments.export:
        export_crops(arguments.export, arguments.instants, arguments.seed)
    else:
        check(arguments.crops, arguments.confidence, arguments.failures)


def export_crops(path, instants, seed, views=3):
    """Renders some views of each subject."""
    from hand_geo_keras.geometry.boxes import square_box
    from hand_geo_keras.geometry.virtual_camera import virtual_camera, warp_crop
    from hand_geo_keras.synthetic import SyntheticSequence, sequences_of
    from hand_geo_keras.synthetic.cameras import dome_cameras

    rng = np.random.default_rng(seed)
    crops, joints, edge_on_fist = [], [], []
    for spec in sequences_of("full"):
        sequence = SyntheticSequence(spec, seed)
        good = [k for k, kind in enumerate(sequence.timeline) if kind.name == "GOOD"]
        for frame in rng.choice(good, instants, replace=False):
            hand = sequence.hand(frame)
            cameras = rng.choice(spec.cameras, views, replace=False).tolist()
            for index, image in sequence.images(frame, cameras):
                camera = dome_cameras()[index]
                box = square_box(camera.project(hand.joints), margin=1.0)
                view = virtual_camera(camera, box, SIZE)
                crops.append(warp_crop(image, camera, view))
                joints.append(view.project(hand.joints))
                seen = view.to_camera(hand.joints)
                edge_on_fist.append(is_fist(seen) and is_edge_on(seen))
    np.savez_compressed(path, crops=crops, joints=joints, edge_on_fist=edge_on_fist)
    print(f"{path}: {len(crops)} crops of {SIZE} px")


def is_fist(joints):
    """Whether the four fingers of `[21, 3]` joints are bent at their middle joints."""
    first, second = np.diff(joints.reshape(21, 3)[5:].reshape(4, 4, 3), axis=1)[
        :, :2
    ].transpose(1, 0, 2)
    cosines = (first * second).sum(1)
    cosines /= np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1))).mean() > FIST_DEGREES


def is_edge_on(joints):
    """Whether the palm of joints `[21, 3]` (camera frame) is seen from its side."""
    normal = np.cross(joints[5] - joints[0], joints[17] - joints[0])
    sight = joints.mean(0)
    return abs(normal @ sight) < EDGE_ON * np.linalg.norm(normal) * np.linalg.norm(
        sight
    )


def check(path, confidence, failures):
    """Runs MediaPipe Hands and prints the figures."""
    import mediapipe

    data = np.load(path)
    detector = mediapipe.solutions.hands.Hands(
        static_image_mode=True, max_num_hands=1, min_detection_confidence=confidence
    )
    found, errors = [], []
    for crop, joints in zip(data["crops"], data["joints"]):
        hands = detector.process(crop).multi_hand_landmarks
        found.append(bool(hands))
        if hands:
            landmarks = np.array([(p.x, p.y) for p in hands[0].landmark]) * SIZE - 0.5
            errors.append(np.linalg.norm(landmarks - joints, axis=1).mean() / BOX)
    found, counted = np.array(found), ~data["edge_on_fist"]
    print(f"{len(found)} crops, {counted.sum()} of them no fist seen edge-on")
    print(
        f"hand found in {found[counted].mean():.1%} of those, {found.mean():.1%} of all"
    )
    print(f"median 2D disagreement {np.median(errors):.1%} of the hand box")
    missed = data["crops"][~found]
    if failures and len(missed):
        cv2.imwrite(failures, np.hstack(missed[:12])[..., ::-1])


if __name__ == "__main__":
    main()
