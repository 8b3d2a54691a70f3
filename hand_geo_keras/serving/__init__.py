"""Export to TensorFlow Serving, TFLite and ONNX; the models need nothing from here."""

from hand_geo_keras.serving.export import export
from hand_geo_keras.serving.image_decoding import decode_crops
from hand_geo_keras.serving.onnx import export_onnx
from hand_geo_keras.serving.tflite import export_tflite

__all__ = ["decode_crops", "export", "export_onnx", "export_tflite"]
