from absl import logging
from tensorflow_datasets.core.features import feature

from hand_geo_keras.datasets import features


def test_what_tfds_says_of_itself_is_left_out(caplog):
    assert features.instant_features(32)
    feature.log_tf_warning("FeatureConnector")
    logging.warning("Disk full")
    assert [record.getMessage() for record in caplog.records] == ["Disk full"]
