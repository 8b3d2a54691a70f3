"""TFDS builder of hands in CMU Panoptic sequences and in the synthetic dome."""

import collections
import dataclasses
from typing import ClassVar

import tensorflow as tf
import tensorflow_datasets as tfds

from hand_geo_keras.datasets.features import instant_features
from hand_geo_keras.datasets.instant_folder import REPORT_FILE, complete_shards
from hand_geo_keras.datasets.panoptic_hands.panoptic_hands_config import (
    BUILTIN_CONFIGS,
)
from hand_geo_keras.datasets.prepare import prepare_recording
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.io import write_json
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.synthetic import sequences_of, write_dome


class Builder(tfds.core.GeneratorBasedBuilder):
    """Hands seen by many cameras; an example is an instant with all its views.

    See `hand_geo_keras.datasets.instant_features` for the keys of an example. The
    sequences are prepared shard by shard below `download_dir`, so that an interrupted
    run resumes where it stopped; that folder may be removed afterwards. What was
    skipped is counted in `preparation_report.json` beside the examples.

    With `DownloadConfig(beam_options=...)` the preparation runs on Apache Beam.

    Example:
        ```python
        import hand_geo_keras.datasets.panoptic_hands

        instants = tfds.load("panoptic_hands/synthetic_tiny", split="train")
        ```
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar = {"1.0.0": "Initial release."}
    BUILDER_CONFIGS: ClassVar = list(BUILTIN_CONFIGS)
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "The CMU Panoptic dataset may be used for non-commercial research only and "
        "may not be passed on. Download its sequences into manual_dir (a folder per "
        "sequence) with `python -m hand_geo_keras.recordings.download_panoptic "
        "--accept_license --out_dir=<manual_dir> --sequences=<names>`. Name the "
        "subjects in each sequence's subjects.json. The synthetic configurations "
        "need nothing; they are rendered where manual_dir does not hold them."
    )

    _beam_options = None

    def _info(self):
        config = self.builder_config
        return self.dataset_info_from_configs(
            features=instant_features(config.preparation.stored_size),
            homepage="http://domedb.perception.cs.cmu.edu",
            supervised_keys=None,
            metadata=tfds.core.MetadataDict(
                crop_size=config.preparation.crop_size,
                stored_size=config.preparation.stored_size,
                preparation=dataclasses.asdict(config.preparation),
                splits={split: list(names) for split, names in config.splits.items()},
                sequences=list(config.sequence_names),
                labelled_images=config.labelled_images,
            ),
        )

    def _download_and_prepare(self, dl_manager, download_config=None):
        self._beam_options = getattr(download_config, "beam_options", None)
        super()._download_and_prepare(dl_manager, download_config)

    def _split_generators(self, dl_manager):
        trees = self._trees(dl_manager)
        size = self.builder_config.preparation.crop_size
        folders = {
            name: dl_manager.download_dir / self.name / "prepared" / f"{name}_{size}px"
            for name in trees
        }
        reports = self._prepare(trees, folders)
        splits = self._splits_of_subjects(reports)
        self._write_report(reports, splits)
        return {
            split: self._generate_examples(folders, splits, split)
            for split in self.builder_config.splits
        }

    def _trees(self, dl_manager):
        """Folder of each sequence; synthetic ones are rendered if need be."""
        names = self.builder_config.sequence_names
        try:
            manual = dl_manager.manual_dir
        except AssertionError:
            if not self.builder_config.variant:
                raise
            manual = None
        lacking = [
            name for name in names if manual is None or not (manual / name).is_dir()
        ]
        if not lacking:
            return {name: manual / name for name in names}
        if not self.builder_config.variant:
            raise DatasetError(
                f"{manual}: the sequences {lacking} are missing. "
                f"{self.MANUAL_DOWNLOAD_INSTRUCTIONS}"
            )
        variant = self.builder_config.variant
        rendered = dl_manager.download_dir / self.name / f"synthetic_{variant}"
        write_dome(rendered, sequences_of(variant))
        return {name: rendered / name for name in names}

    def _prepare(self, trees, folders):
        recordings = {name: open_recording(tree) for name, tree in trees.items()}
        preparation = self.builder_config.preparation
        if self._beam_options is None:
            return {
                name: prepare_recording(recording, folders[name], preparation)
                for name, recording in recordings.items()
            }
        # Apache Beam is an extra that only this branch needs.
        from hand_geo_keras.datasets.beam_preparation import prepare_on_beam

        reports = prepare_on_beam(
            list(recordings.values()),
            [folders[name] for name in recordings],
            preparation,
            options=self._beam_options,
        )
        return dict(zip(recordings, reports))

    def _splits_of_subjects(self, reports):
        """dict from `(sequence, subject)` to split, None if the subject is in none."""
        splits = {
            (sequence, subject): self.builder_config.split_of(sequence, subject)
            for sequence, report in reports.items()
            for subject in report["subjects"]
        }
        homes = collections.defaultdict(set)
        for (_, subject), split in splits.items():
            homes[subject].add(split)
        torn = sorted(subject for subject, found in homes.items() if len(found) > 1)
        if torn:
            raise DatasetError(
                f"The subjects {torn} are in more than one split; name each of them in "
                "the `splits` of the configuration, or other people in the sequences' "
                f"subjects.json. Received: splits={self.builder_config.splits}"
            )
        return splits

    def _write_report(self, reports, splits):
        left_out = {
            f"{sequence}: {subject}": reports[sequence]["subjects"][subject]
            for (sequence, subject), split in splits.items()
            if split is None
        }
        report = {"sequences": reports, "instants_in_no_split": left_out}
        write_json(self.data_path / REPORT_FILE, report)

    def _generate_examples(self, folders, splits, split):
        """Yields the instants of a split; their images stay encoded."""
        features = instant_features(self.builder_config.preparation.stored_size)
        still_encoded = {
            "views": {
                "image": tfds.decode.SkipDecoding(),
                "background": tfds.decode.SkipDecoding(),
            }
        }
        for sequence, folder in folders.items():
            shards = [str(path) for path in complete_shards(folder)]
            instants = tf.data.TFRecordDataset(shards).map(
                lambda data: features.deserialize_example(data, decoders=still_encoded)
            )
            for number, instant in enumerate(instants.as_numpy_iterator()):
                if splits[sequence, instant["subject"].decode()] == split:
                    yield f"{sequence}/{number:08d}", instant
