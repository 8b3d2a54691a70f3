from hand_geo_keras.models import summary
from tests import zoo


def test_multiply_accumulates_as_counted_by_hand():
    encoder = zoo.unet_encoder()  # 16 px, widths 4 and 6
    convs = 256 * 9 * (3 * 4 + 4 * 4) + 64 * 9 * (4 * 6 + 6 * 6)
    heads = 64 * 6 * (15 + 3)
    assert summary.count_macs(encoder) == convs + heads


def test_small_preset_is_measured():
    numbers = summary.summarize("compact_64", repeats=1)
    assert numbers["encoder"] + numbers["head"] < 3e6
    # Four bytes per parameter, and the architecture.
    pose = 4 * (numbers["encoder"] + numbers["head"])
    assert pose < numbers["pose_bytes"] < 1.3 * pose
    assert 0 < numbers["latency_1"] < numbers["latency_32"]
