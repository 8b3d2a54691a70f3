"""Labelled images that go into a training on a new rig beside its own labels."""

from hand_geo_keras.pipelines import labelled_views
from hand_geo_keras.scenarios.real_rig_data import rehearsal_pool
from hand_geo_keras.scenarios.self_labels import self_labelled


def dome_source(rig):
    """Rendered hands, which keep a model from forgetting the poses it knows.

    Few labels show few poses: trained on pointing hands only, a model soon sees
    pointing hands only.

    Args:
        rig: `RealRig`.

    Returns:
        List of `(InstantPool, views, batch)`, see `joined_batches`; empty without a
        dome.
    """
    if not rig.dome:
        return []
    rehearsal = rig.profile.rehearsal
    pool = rehearsal_pool(rig.dome, rehearsal.dome_images)
    return [(pool, labelled_views(pool), rehearsal.dome_batch)]


def self_source(rig, model, footage):
    """The recording, as a model labels it by itself.

    Args:
        rig: `RealRig`.
        model: `PoseEstimator` that gives the labels.
        footage: `InstantPool`; its labels are not looked at.

    Returns:
        List of one `(InstantPool, views, batch)`, see `joined_batches`.
    """
    pool = self_labelled(model, footage)
    return [(pool, labelled_views(pool), rig.profile.rehearsal.self_batch)]
