"""Labelled images that keep a model from forgetting while it learns a new rig."""

import dataclasses

import numpy as np

from hand_geo_keras.prediction import fuse_views
from hand_geo_keras.scenarios.real_rig_data import rehearsal_pool
from hand_geo_keras.scenarios.recording_evaluation import predict_poses


def rehearsal_of(rig, model, footage):
    """What a model knows already, as labelled images to go on training with.

    Few labels show few poses: trained on pointing hands only, a model soon sees
    pointing hands only. So its batches also hold rendered hands of the dome or,
    without a dome, crops of the recording with the labels of `self_labelled`.

    Args:
        rig: `RealRig`.
        model: `PoseEstimator` before the training.
        footage: `InstantPool` of the recording; its labels are not looked at.

    Returns:
        `InstantPool`.
    """
    if rig.dome:
        return rehearsal_pool(rig.dome, rig.profile.rehearsal.dome_images)
    return self_labelled(model, footage)


def self_labelled(model, footage):
    """Labels footage by the model itself, with what only several views can tell.

    The poses of all views of an instant are fused and serve as the label of each:
    the model then learns to see in one view what the others agree upon.

    Args:
        model: `PoseEstimator`.
        footage: `InstantPool`; its labels are not looked at.

    Returns:
        `InstantPool` with these labels; instants with a single view have none.
    """
    predicted = predict_poses(model, footage, np.arange(len(footage.images)))
    joints = np.zeros_like(footage.joints)
    valid = np.zeros_like(footage.valid)
    for instant in np.flatnonzero(footage.num_views > 1):
        views = footage.views[instant, : footage.num_views[instant]]
        joints[instant] = fuse_views(predicted[views], footage.rotations[views])
        valid[instant] = True
    return dataclasses.replace(footage, joints=joints, valid=valid)
