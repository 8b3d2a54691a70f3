"""A local web page on which one rotates a hand and sees what the models see."""

from hand_geo_keras.viewer.page.page_server import PageServer, PageSession, static_files
from hand_geo_keras.viewer.page.samples import load_samples, render_samples
from hand_geo_keras.viewer.page.view_model import ViewModel, load_view_model
from hand_geo_keras.viewer.page.viewer_session import ViewerSession

__all__ = [
    "PageServer",
    "PageSession",
    "ViewModel",
    "ViewerSession",
    "load_samples",
    "load_view_model",
    "render_samples",
    "static_files",
]
