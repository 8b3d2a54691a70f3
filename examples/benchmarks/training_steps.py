"""Our training steps, beside PyTorch's and beside the processor's convolutions."""

import importlib.util

import numpy as np
import tensorflow as tf
from timing import alternate, exponent, ratio

from hand_geo_keras.layers.policy_scope import policy_scope
from hand_geo_keras.losses import PixelFeatureLoss, ResNet18Features
from hand_geo_keras.models import PRESETS, build_view_synthesizer
from hand_geo_keras.optimizers import FusedAdam

# name -> (preset, quads in a batch), as in the paper's code and in ours
CASES = {
    "train_128": ("reference_unet", 4),
    "train_64": ("quarter_unet_64", 8),
    "compact_128": ("compact_128", 4),
    "compact_64": ("compact_64", 8),
}
TINY_CASES = {"train_64": ("quarter_unet_64", 1), "compact_64": ("compact_64", 1)}
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
_TORCH = {
    "torch_published": {},
    "torch_channels_last": {"channels_last": True},
    "torch_best_f32": {"channels_last": True, "folded": True},
    "torch_bf16": {"channels_last": True, "folded": True, "bfloat16": True},
}


def measure_training(cases, repeats):
    """dict from case to milliseconds of a step in every form, and images/s."""
    measured = {}
    for name, (preset, quads) in cases.items():
        steps = {f"ours_{form}": keras_step(preset, quads, form) for form in _POLICIES}
        peers, absent = torch_steps(preset, quads)
        times = alternate(steps | peers, repeats)
        rates = {form: round(4e3 * quads / t["ms"], 2) for form, t in times.items()}
        measured[name] = {
            "preset": preset,
            "images": 4 * quads,
            **times,
            "images_per_s": rates,
        }
        measured[name] |= absent
    return measured


def training_ratios(measured):
    """How many times as fast our best form is as PyTorch's."""
    at_128, at_64 = measured.get("train_128", {}), measured.get("train_64", {})
    return {
        "train_128_vs_torch_best_f32": ratio(at_128, "torch_best_f32", "ours_float32"),
        "train_128_vs_torch_bf16": ratio(at_128, "torch_bf16", "ours_bfloat16"),
        "train_128_vs_published": ratio(at_128, "torch_published", "ours_bfloat16"),
        "train_64_vs_torch_bf16": ratio(at_64, "torch_bf16", "ours_bfloat16"),
    }


def keras_step(preset, quads, form):
    """A function that trains a preset by one step on random quads."""
    with policy_scope(_POLICIES[form]):
        model = build_view_synthesizer(preset)
        loss = PixelFeatureLoss(ResNet18Features(None))
    model.compile(FusedAdam(1e-3), loss, jit_compile=False)
    batch = random_quads(model.encoder.image_size, quads)
    batches = iter(tf.data.Dataset.from_tensors((batch,)).repeat())
    model.make_train_function()
    return lambda: model.train_function(batches)


def random_quads(size, count):
    """A quad batch of noise."""
    noise = np.random.default_rng(0)
    shape = (count, 4, size, size, 3)
    return {
        "image": noise.integers(0, 256, shape, np.uint8),
        "background": noise.integers(0, 256, shape, np.uint8),
        "rotation": np.broadcast_to(np.eye(3, dtype=np.float32), (count, 4, 3, 3)),
        "hand_center": np.zeros((count, 4, 2), np.float32),
        "crop_scale": np.full((count, 4), 100, np.float32),
    }


def torch_steps(preset, quads):
    """`(steps, reasons)`: PyTorch's forms of the step, and why any is absent."""
    if not preset.endswith(("unet", "unet_64")):
        return {}, dict.fromkeys(_TORCH, "null: not written in PyTorch")
    if importlib.util.find_spec("torch") is None:
        return {}, dict.fromkeys(_TORCH, "null: no PyTorch; install the extra 'bench'")
    from torch_reference import TorchStep

    size = network_size(preset)
    return {name: TorchStep(*size, quads, **form) for name, form in _TORCH.items()}, {}


def network_size(preset):
    """`(image size, widths, points, appearance)` of a U-Net preset."""
    shared = PRESETS[preset]["shared"]
    arguments = PRESETS[preset].get("encoder_arguments", {})
    widths = arguments.get("widths", (32, 64, 128, 256))
    return shared["image_size"], widths, shared["num_points"], shared["appearance_dim"]


def measure_ceiling(repeats, tiny=False):
    """GFLOP/s of 3x3 convolutions in float32 and bfloat16: what a step could reach."""
    side, channels, batch = (16, 16, 2) if tiny else (64, 64, 16)
    functions = {}
    for name in ("float32", "bfloat16"):
        maps = tf.cast(tf.random.normal([batch, side, side, channels]), name)
        kernel = tf.cast(tf.random.normal([3, 3, channels, channels]), name)
        convolve = tf.function(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"))
        functions[name] = lambda f=convolve, x=maps, k=kernel: f(x, k).shape
    operations = 2 * batch * side**2 * 9 * channels**2
    times = alternate(functions, repeats)
    return {
        f"{name}_gflops": round(operations / t["ms"] / 1e6, 1)
        for name, t in times.items()
    }


def measure_growth(repeats, tiny=False):
    """Exponents of cost against batch and image side: 1 and 2 are proportional."""
    batches = (1, 2) if tiny else (2, 4, 8, 16)
    steps = {n: keras_step("compact_64", n, "float32") for n in batches}
    by_batch = alternate(steps, repeats)
    presets = {64: "compact_64", 128: "compact_128"}
    quads = 1 if tiny else 4
    by_side = alternate(
        {
            side: keras_step(preset, quads, "float32")
            for side, preset in presets.items()
        },
        repeats,
    )
    return {
        "batch_exponent": exponent(batches, [by_batch[n]["ms"] for n in batches]),
        "image_side_exponent": exponent(
            list(presets), [by_side[side]["ms"] for side in presets]
        ),
        "by_batch": by_batch,
        "by_image_side": by_side,
    }
