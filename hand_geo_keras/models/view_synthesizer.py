"""Self-supervised learning of latent 3D points by decoding the other view."""

from typing import Any

import keras
from keras import ops

from hand_geo_keras.layers import (
    AppearanceSwap,
    HandFrame,
    LatentRotation,
    NormalizeImages,
    ViewExchange,
    denormalize_images,
)
from hand_geo_keras.layers.view_exchange import exchange_partners
from hand_geo_keras.losses.foreground import foreground_mask
from hand_geo_keras.losses.latent_agreement import (
    orientation_distance,
    relative_distance,
    whitened,
)
from hand_geo_keras.metrics.psnr import PSNR
from hand_geo_keras.models.per_sample_trainer import PerSampleTrainer, elementwise
from hand_geo_keras.models.preset_cards import ShippedPresets
from hand_geo_keras.models.preset_files import load_preset, without_former_arguments


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ViewSynthesizer(PerSampleTrainer):
    """Learns `L3D` by decoding it, rotated, into the other view of an instant.

    The network of Müller et al. (ICIP 2020), section 2.1: every image of a quad
    (t:i, t:j, t':k, t':l) is encoded once into latent points `L3D` and an
    appearance code `L_app`; each is then decoded from the *partner* view's points,
    rotated by `R_ij = R_j R_i^T`, from an appearance code of the *other* instant
    and in front of its own background. No labels are involved.

    Args:
        encoder: model of `[B, S, S, 3]` normalised images to a dict of
            `"latent_3d"` `[B, N, 3]` and `"appearance"` `[B, D]`, with `image_size`.
        decoder: model of a dict of these two and `"background"` `[B, S, S, 3]` to a
            dict of `"image"` and perhaps `"mask"`.
        self_reconstruction_probability: see `ViewExchange` (paper 0, reference 0.5).
        latent_consistency_weight: weight of a term (ours) that pulls the rotated
            points of the partner view and an image's own points together, as
            `|a - b|^2 / (|a|^2 + |b|^2)`.
        orientation_consistency_weight: weight of a term (ours) that pulls their
            orientations together after whitening, see `orientation_distance`.
        mask_weight: weight of a term (ours) that compares the matte of an alpha decoder
            with where the image differs from its background, as binary
            cross-entropy; without effect where the decoder has no matte.
        supervised_points: number of first latent points that get no gradient from
            images, because labels supervise them (ours; the joints of `JointEncoder`).
        swap_in_inference: see `AppearanceSwap`.
        seed: seed of the random exchanges.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        inputs: dict of `"image"`: `[B, 4, S, S, 3]` RGB in 0..255, uint8 or float;
            `"background"`: the same for the empty scene, cropped alike;
            `"rotation"`: `[B, 4, 3, 3]` float32, world to virtual camera; with
            `points_in_crop` also `"hand_center"` `[B, 4, 2]` and `"crop_scale"`
            `[B, 4]` float32, see `HandFrame`.
        training: bool.

    Returns:
        Dict aligned with the input images: `"image"`: `[B, 4, S, S, 3]` float32,
        ImageNet-normalised; `"latent_3d"`: `[B, 4, N, 3]` float32 as encoded; and
        with an alpha decoder `"mask"`: `[B, 4, S, S, 1]` float32.

    Attributes:
        points_in_crop: whether the latent points are positions in the crop, as those of
            `CompactEncoder` and `JointEncoder`. Crops then differ by what `HandFrame`
            says, not by a rotation alone, and quads must say where the hand is.

    Raises:
        ValueError: encoder and decoder disagree on `points_in_crop`.

    Example:

    ```python
    model = ViewSynthesizer(UNetEncoder(), ViewDecoder())
    model.compile("adam", loss=PixelFeatureLoss("resnet18.safetensors"))
    model.fit(quads, epochs=10)
    view = model.synthesize({"image": image, "rotation": R_ij, "background": B_j})
    ```
    """

    preset_parts = ("encoder", "decoder")
    preset_arrays = ()
    presets = ShippedPresets()
    preset_key = "view_synthesizer"

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        self_reconstruction_probability: float = 0.0,
        latent_consistency_weight: float = 0.0,
        orientation_consistency_weight: float = 0.0,
        mask_weight: float = 0.0,
        supervised_points: int = 0,
        swap_in_inference: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        names = ["pixel", "feature"]
        if latent_consistency_weight:
            names.append("latent_consistency")
        if orientation_consistency_weight:
            names.append("orientation_consistency")
        if mask_weight:
            names.append("mask")
        super().__init__(term_names=names, **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.self_reconstruction_probability = self_reconstruction_probability
        self.latent_consistency_weight = latent_consistency_weight
        self.orientation_consistency_weight = orientation_consistency_weight
        self.mask_weight = mask_weight
        self.supervised_points = supervised_points
        self.points_in_crop = _points_in_crop(encoder, decoder)
        self.swap_in_inference = swap_in_inference
        self.seed = seed
        self.normalize = NormalizeImages(dtype="float32")
        self.view_exchange = ViewExchange(self_reconstruction_probability, seed)
        self.latent_rotation = LatentRotation()
        self.to_hand = HandFrame()
        self.to_crop = HandFrame(inverse=True)
        self.appearance_swap = AppearanceSwap(
            swap_in_inference=swap_in_inference, seed=seed, dtype="float32"
        )
        self.psnr = PSNR(name="psnr")
        self.psnr_hand = PSNR(name="psnr_hand")
        size = encoder.image_size
        quad = (None, 4, size, size, 3)
        shapes = {"image": quad, "background": quad, "rotation": (None, 4, 3, 3)}
        if self.points_in_crop:
            shapes |= {"hand_center": (None, 4, 2), "crop_scale": (None, 4)}
        self.build(shapes)

    def build(self, input_shape: Any) -> None:
        views = (None, 4)
        points = (*views, self.encoder.num_points, 3)
        placed = {"latent_3d": points, "hand_center": (*views, 2), "crop_scale": views}
        rotated = {"latent_3d": points, "rotation": (*views, 3, 3)}
        self.normalize.build(input_shape["image"])
        self.view_exchange.build(rotated)
        self.latent_rotation.build(rotated)
        self.to_hand.build(placed)
        self.to_crop.build(placed)
        self.appearance_swap.build((*views, self.encoder.appearance_dim))
        self.built = True  # the other parts are functional, hence built already

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        self._check_quads(inputs)
        image = self.normalize(inputs["image"])
        background = self.normalize(inputs["background"])
        codes = self.encoder(merge_views(image), training=training)
        latent_3d = split_views(self._points_to_learn(codes["latent_3d"]))
        appearance = split_views(codes["appearance"])  # [B, 4, D]
        rotation = ops.cast(inputs["rotation"], "float32")
        sources = self.view_exchange(
            {"latent_3d": self.points_at_hand(inputs, latent_3d), "rotation": rotation},
            training=training,
        )
        rotated = self._in_crop(inputs, self.latent_rotation(sources))
        swapped = self.appearance_swap(appearance, training=training)
        decoded = self.decoder(
            {
                "latent_3d": merge_views(rotated),
                "appearance": merge_views(swapped),
                "background": merge_views(background),
            },
            training=training,
        )
        outputs = {name: split_views(value) for name, value in decoded.items()}
        return {**outputs, "latent_3d": latent_3d}

    def compute_terms(self, data: Any, training: bool | None) -> Any:
        inputs, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        outputs = self(inputs, training=training)
        terms = self.view_terms(inputs, outputs, self.loss)
        self.update_image_metrics(inputs, outputs)
        return terms

    def view_terms(self, inputs: Any, outputs: Any, loss: Any) -> dict[Any, Any]:
        """Loss terms of a quad batch, one value per quad.

        Args:
            inputs: quad batch, see the class.
            outputs: what the model returned for it.
            loss: `PixelFeatureLoss`, or any Keras loss between images.

        Returns:
            Dict of `[B]` float32: `"loss"` and the terms it is made of.
        """
        target = {
            "image": merge_views(self.normalize(inputs["image"])),
            "background": merge_views(self.normalize(inputs["background"])),
        }
        terms = _image_terms(loss, target, merge_views(outputs["image"]))
        if self.mask_weight and "mask" in outputs:
            terms["mask"] = _mask_term(inputs, outputs)
            terms["loss"] += self.mask_weight * terms["mask"]
        terms = {
            name: ops.mean(ops.reshape(value, (-1, 4)), axis=1)
            for name, value in terms.items()
        }
        if self.latent_consistency_weight:
            latent_3d = self._points_to_learn(outputs["latent_3d"])
            distance = self._latent_distance(inputs, latent_3d)
            terms["latent_consistency"] = distance
            terms["loss"] += self.latent_consistency_weight * distance
        if self.orientation_consistency_weight:
            latent_3d = self._points_to_learn(outputs["latent_3d"])
            distance = self._orientation_distance(inputs, latent_3d)
            terms["orientation_consistency"] = distance
            terms["loss"] += self.orientation_consistency_weight * distance
        return terms

    def update_image_metrics(self, inputs: Any, outputs: Any) -> None:
        """PSNR over everything and where an image differs from its background."""
        target = ops.cast(merge_views(inputs["image"]), "float32")
        background = ops.cast(merge_views(inputs["background"]), "float32")
        decoded = denormalize_images(merge_views(outputs["image"]))
        self.psnr.update_state(target, decoded)
        mask = foreground_mask(target, background)
        self.psnr_hand.update_state(target, decoded, mask)

    def encode(self, images: Any) -> dict[Any, Any]:
        """Encodes single images in inference mode.

        Args:
            images: `[B, S, S, 3]` RGB in 0..255, uint8 or float.

        Returns:
            Dict of `"latent_3d"`: `[B, N, 3]` float32, points in the frame of each
            image's virtual camera, and `"appearance"`: `[B, D]` float32.
        """
        return self.encoder(self.normalize(images), training=False)

    def synthesize(self, inputs: dict[Any, Any]) -> dict[Any, Any]:
        """Decodes single images from another view point in inference mode.

        Args:
            inputs: dict of `"image"`: `[B, S, S, 3]` RGB in 0..255; `"rotation"`:
                `[B, 3, 3]` float32, `R_ij` from the image's virtual camera to the
                wanted one; `"background"`: `[B, S, S, 3]` RGB in 0..255 of the
                wanted view; optionally `"appearance_image"`: `[B, S, S, 3]` RGB in
                0..255, whose appearance is used instead of the image's own; and,
                with `points_in_crop`, `"hand_center"` `[B, 2]` and `"crop_scale"`
                `[B]` of the image and the same with `target_` before it of the
                wanted view, see `HandFrame`. Without them the wanted crop shows the
                hand at the same place and scale.

        Returns:
            Dict of `"image"`: `[B, S, S, 3]` float32 RGB in 0..255 and, with an
            alpha decoder, `"mask"`: `[B, S, S, 1]` float32 in 0..1.
        """
        codes = self.encode(inputs["image"])
        appearance = codes["appearance"]
        if "appearance_image" in inputs:
            appearance = self.encode(inputs["appearance_image"])["appearance"]
        has_places = self.points_in_crop and "hand_center" in inputs
        points = codes["latent_3d"]
        if has_places:
            points = self.to_hand({"latent_3d": points, **_place(inputs)})
        points = self.latent_rotation(
            {
                "latent_3d": points,
                "rotation": ops.convert_to_tensor(inputs["rotation"], "float32"),
            }
        )
        if has_places:
            points = self.to_crop({"latent_3d": points, **_place(inputs, "target_")})
        decoded = self.decoder(
            {
                "latent_3d": points,
                "appearance": appearance,
                "background": self.normalize(inputs["background"]),
            },
            training=False,
        )
        return {**decoded, "image": denormalize_images(decoded["image"])}

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "self_reconstruction_probability": self.self_reconstruction_probability,
            "latent_consistency_weight": self.latent_consistency_weight,
            "orientation_consistency_weight": self.orientation_consistency_weight,
            "mask_weight": self.mask_weight,
            "supervised_points": self.supervised_points,
            "swap_in_inference": self.swap_in_inference,
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: dict[str, Any] | None = None
    ) -> Any:
        config = without_former_arguments(config)
        for part in ("encoder", "decoder"):
            config[part] = keras.saving.deserialize_keras_object(
                config[part], custom_objects=custom_objects
            )
        return cls(**config)

    @classmethod
    def from_preset(cls, preset: Any) -> "ViewSynthesizer":
        """Loads a trained model.

        Args:
            preset: folder that `save_to_preset` wrote, name in
                `ViewSynthesizer.presets`, or `hf://<user>/<repository>` on the Hugging
                Face Hub.

        Returns:
            `ViewSynthesizer`, not compiled.

        Raises:
            WeightsError: there is no such preset.
        """
        return load_preset(cls, preset)

    def _points_to_learn(self, latent_3d):
        """`[..., N, 3]`, through which images reach all but the supervised points."""
        fixed = ops.stop_gradient(latent_3d[..., : self.supervised_points, :])
        free = latent_3d[..., self.supervised_points :, :]
        return ops.concatenate([fixed, free], axis=-2)

    def _check_quads(self, inputs):
        """Refuses other shapes by name, single images above all."""
        size = self.encoder.image_size
        for name in ("image", "background"):
            shape = tuple(inputs[name].shape)
            fits = len(shape) == 5 and all(
                found in (None, wanted)
                for found, wanted in zip(shape[1:], (4, size, size, 3))
            )
            if not fits:
                raise ValueError(
                    f'{self.name} takes quads, "{name}" of shape [B, 4, {size}, '
                    f"{size}, 3], as `quad_dataset` gives them; `synthesize` takes "
                    f"single images [B, {size}, {size}, 3]. Received: shape={shape}"
                )

    def points_at_hand(self, inputs: Any, latent_3d: Any) -> Any:
        """Latent points in each view's axes, where a rotation separates two views.

        Args:
            inputs: with `points_in_crop` a dict of `"hand_center"` `[B, V, 2]` and
                `"crop_scale"` `[B, V]`, see the class; else not looked at.
            latent_3d: `[B, V, N, 3]` as encoded.

        Returns:
            `[B, V, N, 3]` float32; the latent points themselves unless they are
            positions in the crop.
        """
        return self._moved(self.to_hand, inputs, latent_3d)

    def _in_crop(self, inputs, latent_3d):
        """[B, 4, N, 3], the inverse of `points_at_hand`."""
        return self._moved(self.to_crop, inputs, latent_3d)

    def _moved(self, layer, inputs, latent_3d):
        if not self.points_in_crop:
            return latent_3d
        missing = [name for name in ("hand_center", "crop_scale") if name not in inputs]
        if missing:
            raise ValueError(
                f"{self.name} has latent points in the crop, so quads need "
                f'"hand_center" and "crop_scale", as `quad_dataset` gives them. '
                f"Received: quads without {missing}"
            )
        return layer({"latent_3d": latent_3d, **_place(inputs)})

    def _latent_distance(self, inputs, latent_3d):
        """Quads, [B, 4, N, 3] -> [B], 0 where both views agree."""
        own = self.points_at_hand(inputs, latent_3d)
        partner = self._partner_in_own_axes(inputs, own)
        return ops.mean(relative_distance(partner, own), axis=1)

    def _orientation_distance(self, inputs, latent_3d):
        """Quads, [B, 4, N, 3] -> [B], 0 where both views are rotated alike."""
        own = whitened(self.points_at_hand(inputs, latent_3d))
        partner = self._partner_in_own_axes(inputs, own)
        return ops.mean(orientation_distance(partner, own), axis=1)

    def _partner_in_own_axes(self, inputs, points):
        """[B, 4, N, 3], the points of each view's partner rotated by `R_ij`."""
        rotation = ops.cast(inputs["rotation"], "float32")
        relative = ops.matmul(
            rotation, ops.swapaxes(exchange_partners(rotation), -1, -2)
        )
        return self.latent_rotation(
            {"latent_3d": exchange_partners(points), "rotation": relative}
        )


def _points_in_crop(encoder, decoder):
    kinds = [getattr(part, "points_in_crop", False) for part in (encoder, decoder)]
    if kinds[0] != kinds[1]:
        raise ValueError(
            "`encoder` and `decoder` must agree on whether latent points are positions "
            f"in the crop. Received: encoder={type(encoder).__name__} "
            f"(points_in_crop={kinds[0]}), decoder={type(decoder).__name__} "
            f"(points_in_crop={kinds[1]})"
        )
    return kinds[0]


def _place(inputs, prefix=""):
    return {name: inputs[prefix + name] for name in ("hand_center", "crop_scale")}


def merge_views(quad: Any) -> Any:
    """[B, 4, ...] -> [4 B, ...]; the views of a quad stay neighbours."""
    return ops.reshape(quad, (-1, *quad.shape[2:]))


def split_views(images: Any) -> Any:
    """[4 B, ...] -> [B, 4, ...], the inverse of `merge_views`."""
    return ops.reshape(images, (-1, 4, *images.shape[1:]))


def _mask_term(inputs, outputs):
    """[4 B], decoded mattes against what differs from the background."""
    wanted = foreground_mask(
        merge_views(inputs["image"]), merge_views(inputs["background"])
    )
    decoded = merge_views(outputs["mask"])
    return ops.mean(ops.binary_crossentropy(wanted, decoded), axis=(1, 2, 3))


def _image_terms(loss, target, image):
    """Per-image terms `[4 B]`; a loss without named terms has only its total."""
    if hasattr(loss, "terms"):
        terms = loss.terms(target, image)
        total = sum(loss.term_weights[name] * terms[name] for name in terms)
        return {**terms, "loss": total}
    values = elementwise(loss, target["image"], image)
    values = ops.reshape(values, (ops.shape(image)[0], -1))
    return {"loss": ops.mean(values, axis=1)}
