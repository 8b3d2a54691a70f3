import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models import CompactDecoder, JointEncoder, ViewSynthesizer
from tests import zoo
from tests.models import numpy_networks

SOURCE = [1, 0, 3, 2]  # whose points are decoded
APPEARANCE = [2, 3, 0, 1]  # whose appearance is used, in inference


def normalized(images):
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    return (images.astype("float64") / 255.0 - mean) / std


def test_agrees_with_numpy():
    model = zoo.view_synthesizer(background_mode="concat")
    for part in (model.encoder, model.decoder):
        numpy_networks.randomize(part)
    quads = zoo.quads(2)
    outputs = model(zoo.tensors(quads), training=False)
    encoder, decoder = model.encoder, model.decoder
    for index in range(2):
        quad = {name: value[index] for name, value in quads.items()}
        codes = numpy_networks.unet_encoder(
            normalized(quad["image"]), numpy_networks.Weights(encoder), 2
        )
        for target in range(4):
            source = SOURCE[target]
            rotation = quad["rotation"][target] @ quad["rotation"][source].T
            one = {
                "latent_3d": (codes["latent_3d"][source] @ rotation.T)[None],
                "appearance": codes["appearance"][APPEARANCE[target]][None],
                "background": normalized(quad["background"][target])[None],
            }
            decoded = numpy_networks.view_decoder(
                one, numpy_networks.Weights(decoder), 2
            )
            np.testing.assert_allclose(
                outputs["image"][index, target], decoded[0], atol=1e-3, rtol=1e-3
            )


def test_perfect_decoder_gives_loss_zero():
    model = zoo.view_synthesizer()
    quads = zoo.tensors(zoo.quads(2))
    outputs = {"image": model.normalize(quads["image"])}
    loss = PixelFeatureLoss(zoo.random_features(), foreground_weight=5.0)
    terms = model.view_terms(quads, outputs, loss)
    np.testing.assert_allclose(terms["loss"], [0.0, 0.0], atol=1e-6)


def test_synthesize_equals_the_training_graph():
    model = zoo.view_synthesizer()
    quads = zoo.quads(1)
    image, rotation = quads["image"][0], quads["rotation"][0]
    outputs = model(zoo.tensors(quads), training=False)
    single = model.synthesize(
        {
            "image": image[SOURCE],
            "rotation": rotation @ rotation[SOURCE].transpose(0, 2, 1),
            "background": quads["background"][0],
            "appearance_image": image[APPEARANCE],
        }
    )
    np.testing.assert_allclose(
        normalized(single["image"].numpy()),
        np.clip(
            outputs["image"][0], normalized(np.zeros(3)), normalized(np.full(3, 255.0))
        ),
        atol=1e-3,
    )
    np.testing.assert_allclose(single["mask"], outputs["mask"][0], atol=1e-5)
    assert single["image"].numpy().min() >= 0.0
    assert single["image"].numpy().max() <= 255.0


def test_own_appearance_is_used_unless_another_is_given():
    model = zoo.view_synthesizer()
    numpy_networks.randomize(model.decoder)
    inputs = {
        "image": zoo.images(2),
        "rotation": zoo.rotations(2),
        "background": zoo.images(2, 1),
    }
    own = model.synthesize(inputs)["image"]
    same = model.synthesize({**inputs, "appearance_image": zoo.images(2)})["image"]
    other = model.synthesize({**inputs, "appearance_image": zoo.images(2, 5)})["image"]
    np.testing.assert_array_equal(own, same)
    assert np.abs(own - other).max() > 0.1


def test_encode_gives_the_points_before_rotation():
    model = zoo.view_synthesizer()
    quads = zoo.quads(1)
    codes = model.encode(quads["image"][0])
    outputs = model(zoo.tensors(quads), training=False)
    np.testing.assert_allclose(codes["latent_3d"], outputs["latent_3d"][0], atol=1e-5)
    assert codes["appearance"].shape == (4, zoo.CODE)


def test_rows_of_a_batch_are_independent_in_inference():
    model = zoo.view_synthesizer()
    quads = zoo.quads(3)
    whole = model(zoo.tensors(quads), training=False)["image"]
    last = model(
        zoo.tensors({name: value[2:] for name, value in quads.items()}), training=False
    )["image"]
    np.testing.assert_allclose(whole[2:], last, atol=1e-4)


def test_each_image_is_encoded_once(monkeypatch):
    model = zoo.view_synthesizer()
    batches = []
    encode = type(model.encoder).call

    def counting(self, inputs, *args, **kwargs):
        batches.append(inputs.shape[0])
        return encode(self, inputs, *args, **kwargs)

    monkeypatch.setattr(type(model.encoder), "call", counting)
    model(zoo.tensors(zoo.quads(2)), training=True)
    assert batches == [8]


def test_latent_consistency_is_zero_for_one_rigid_point_cloud():
    model = zoo.view_synthesizer(latent_consistency_weight=2.0)
    quads = zoo.tensors(zoo.quads(2))
    world = np.random.default_rng(0).normal(size=(1, 1, 5, 3)).astype("float32")
    rigid = tf.matmul(world, quads["rotation"], transpose_b=True)
    outputs = {"image": model.normalize(quads["image"]), "latent_3d": rigid}
    terms = model.view_terms(quads, outputs, "mae")
    np.testing.assert_allclose(terms["latent_consistency"], [0, 0], atol=1e-5)
    outputs["latent_3d"] = rigid * tf.constant([1.0, -1.0, 1.0, -1.0])[:, None, None]
    terms = model.view_terms(quads, outputs, "mae")
    np.testing.assert_allclose(terms["latent_consistency"], [2, 2], atol=1e-5)
    np.testing.assert_allclose(terms["loss"], [4, 4], atol=1e-5)


def test_orientation_consistency_compares_how_whitened_points_are_rotated():
    model = zoo.view_synthesizer(orientation_consistency_weight=3.0)
    quads = zoo.tensors(zoo.quads(2))
    thin = np.random.default_rng(0).normal(size=(1, 1, 5, 3)) * [1, 0.3, 0.3]
    rigid = tf.matmul(thin.astype("float32"), quads["rotation"], transpose_b=True)
    # A quarter turn about the long axis of the first view of each pair.
    quarter = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    rotated = (thin @ quarter.T).astype("float32")
    rotated = tf.matmul(rotated, quads["rotation"], transpose_b=True)
    outputs = {"image": model.normalize(quads["image"]), "latent_3d": rigid}
    terms = model.view_terms(quads, outputs, "mae")
    np.testing.assert_allclose(terms["orientation_consistency"], [0, 0], atol=5e-3)
    is_first = np.array([True, False, True, False])[:, None, None]
    outputs["latent_3d"] = tf.where(is_first, rotated, rigid)
    terms = model.view_terms(quads, outputs, "mae")
    np.testing.assert_allclose(
        terms["orientation_consistency"], [2 / 3, 2 / 3], atol=5e-3
    )
    np.testing.assert_allclose(terms["loss"], [2, 2], atol=0.015)


def test_points_in_two_crops_agree_where_the_hand_frame_says_so():
    """One cloud in mm at the hand, seen in four crops of other scale and centre."""
    model = zoo.compact_view_synthesizer()
    quads = zoo.tensors(zoo.placed_quads(2))
    cloud = np.random.default_rng(0).normal(size=(1, 1, 5, 3)).astype("float32") * 40
    at_hand = tf.matmul(cloud, quads["rotation"], transpose_b=True)  # mm
    center = tf.pad(quads["hand_center"], [[0, 0], [0, 0], [0, 1]])[:, :, None]
    in_crop = at_hand / quads["crop_scale"][..., None, None] + center
    outputs = {"image": model.normalize(quads["image"]), "latent_3d": in_crop}
    terms = model.view_terms(quads, outputs, "mae")
    np.testing.assert_allclose(terms["latent_consistency"], [0, 0], atol=1e-5)


def test_points_in_the_crop_are_decoded_where_the_partner_view_puts_them(monkeypatch):
    model = zoo.compact_view_synthesizer()
    quads = zoo.tensors(zoo.placed_quads(1))
    decoded_from = []
    decode = type(model.decoder).call

    def watching(self, inputs, *args, **kwargs):
        decoded_from.append(np.asarray(inputs["latent_3d"]))
        return decode(self, inputs, *args, **kwargs)

    monkeypatch.setattr(type(model.decoder), "call", watching)
    own = np.asarray(model(quads, training=False)["latent_3d"])[0]
    scale, center = (np.asarray(quads[k])[0] for k in ("crop_scale", "hand_center"))
    rotation = np.asarray(quads["rotation"])[0]
    for target, source in enumerate(SOURCE):
        relative = rotation[target] @ rotation[source].T
        points = own[source] - [*center[source], 0]
        points = (scale[source] / scale[target]) * points @ relative.T
        expected = points + [*center[target], 0]
        np.testing.assert_allclose(decoded_from[0][target], expected, atol=1e-4)


def test_images_reach_all_but_the_supervised_points():
    quads = zoo.tensors(zoo.placed_quads(1))
    moved = {}
    for count in (0, 3):
        model = zoo.compact_view_synthesizer(supervised_points=count)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(quads, training=True)["image"] ** 2)
        kernel = model.encoder.get_layer("to_heatmaps").kernel
        gradient = tape.gradient(loss, kernel.value)
        moved[count] = np.abs(gradient).max((0, 1, 2)) > 0  # [N]
    assert moved[0].all()
    assert not moved[3][:3].any()
    assert moved[3][3:].all()


def test_view_synthesis_leaves_the_joints_of_an_encoder_alone():
    """Also through consistency, and through the mean depth that free points share."""
    encoder = JointEncoder(
        16, widths=(4, 8), blocks=(0, 1), num_points=25, refiner_units=8
    )
    decoder = CompactDecoder(16, widths=(4, 8), num_points=25, appearance_dim=16)
    model = ViewSynthesizer(
        encoder, decoder, latent_consistency_weight=1.0, supervised_points=21
    )
    quads = zoo.tensors(zoo.placed_quads(1))
    layers = [encoder.get_layer(n) for n in ("to_heatmaps", "to_depths")]
    offsets = encoder.get_layer("to_depth_offsets")
    with tf.GradientTape() as tape:
        outputs = model(quads, training=True)
        terms = model.view_terms(quads, outputs, "mae")
        loss = tf.reduce_mean(terms["loss"])
    kernels = [layer.kernel.value for layer in (*layers, offsets)]
    for gradient in tape.gradient(loss, kernels):
        moved = np.abs(gradient).reshape(-1, 25).max(0) > 0
        assert not moved[:21].any() and moved[21:].all()


def test_quads_must_say_where_the_hand_is():
    quads = zoo.placed_quads(1)
    del quads["crop_scale"]
    with pytest.raises(ValueError, match=r"without \['crop_scale'\]"):
        zoo.compact_view_synthesizer()(zoo.tensors(quads))


def test_mattes_are_compared_with_what_differs_from_the_background():
    model = zoo.view_synthesizer(mask_weight=0.5)
    quads = zoo.quads(2)
    quads["image"] = quads["background"].copy()
    quads["image"][0, 2] = 255 - quads["background"][0, 2] // 2
    quads["background"][0, 2] //= 4
    quads = zoo.tensors(quads)
    mask = np.full((2, 4, 16, 16, 1), 0.25, "float32")
    outputs = {"image": model.normalize(quads["image"]), "mask": tf.constant(mask)}
    terms = model.view_terms(quads, outputs, "mae")
    empty, full = -np.log(0.75), -np.log(0.25)
    expected = [(3 * empty + full) / 4, empty]
    np.testing.assert_allclose(terms["mask"], expected, rtol=1e-4)
    np.testing.assert_allclose(terms["loss"], 0.5 * np.array(expected), rtol=1e-4)


def test_loss_is_the_mean_over_the_four_images():
    model = zoo.view_synthesizer()
    quads = zoo.tensors(zoo.quads(2))
    image = model.normalize(quads["image"])
    shift = tf.constant([[0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 4.0]])
    outputs = {"image": image + shift[:, :, None, None, None]}
    terms = model.view_terms(quads, outputs, "mae")
    np.testing.assert_allclose(terms["loss"], [1.5, 1.0], rtol=1e-4)


def test_learns_a_repeated_quad():
    model = zoo.view_synthesizer(dropout=0.0)
    model.compile("adam", loss=PixelFeatureLoss(feature_weight=0.0))
    data = tf.data.Dataset.from_tensors(zoo.quads(2)).repeat(20)
    history = model.fit(data, epochs=2, shuffle=False, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
    assert {"loss", "psnr", "psnr_hand"} <= set(history)
    evaluated = model.evaluate(data.take(1), verbose=0, return_dict=True)
    assert evaluated["psnr"] > 0


def test_config_holds_every_argument():
    model = ViewSynthesizer(
        zoo.unet_encoder(),
        zoo.view_decoder(),
        self_reconstruction_probability=0.5,
        latent_consistency_weight=0.1,
        orientation_consistency_weight=0.2,
        mask_weight=0.3,
        supervised_points=2,
        swap_in_inference=False,
        seed=7,
    )
    again = ViewSynthesizer.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again.view_exchange.self_reconstruction_probability == 0.5
    assert again.appearance_swap.swap_in_inference is False
