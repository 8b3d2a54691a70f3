from hand_geo_keras.studies import options
from hand_geo_keras.studies.options import Options


def test_data_is_prepared_below_the_folder_of_results(tmp_path, monkeypatch):
    monkeypatch.setattr(options, "prepare_dataset", lambda *args: args)
    asked = Options("smoke", str(tmp_path))
    assert asked.prepared() == ("synthetic_tiny", tmp_path / "data", 32)
    elsewhere = Options("smoke", str(tmp_path), data_dir="mine", dataset="dome")
    assert elsewhere.prepared(64) == ("dome", "mine", 64)
