"""YAML by PyYAML's safe loader, with OpenCV's matrices and within limits."""

import re
from pathlib import Path
from typing import Any

import yaml

from hand_geo_keras.errors import CalibrationError, HandGeoError
from hand_geo_keras.recordings.text_files.text import read_text

_MAX_BYTES = 1 << 22
_MAX_DEPTH = 40
# OpenCV writes "%YAML:1.0", which is no directive of YAML's; the version is of no use.
_DIRECTIVE = re.compile(r"\A\s*%YAML[^\n]*\n")


def read_yaml(
    path: Path, error: type[HandGeoError] = CalibrationError
) -> dict[Any, Any]:
    """Reads a YAML file as a dict, also what `cv2.FileStorage` writes.

    `cv2.FileStorage` itself is not used: malformed files make it hang or corrupt the
    memory. A `!!opencv-matrix` becomes a dict of its `rows`, `cols`, `dt` and `data`.

    Args:
        path: `pathlib.Path` of the file.
        error: Exception type to raise, a subclass of `HandGeoError`.

    Returns:
        dict with str keys at the top.

    Raises:
        HandGeoError: As `error`, if the file is unreadable, no YAML, nested without
            end, uses aliases or holds something other than a mapping.
    """
    text = _DIRECTIVE.sub("", read_text(path, error, _MAX_BYTES), count=1)
    try:
        content = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as reason:
        cause = " ".join(str(reason).split())[:200]
        raise error(f"{path}: is not valid YAML ({cause}); write it again.") from reason
    if not isinstance(content, dict):
        raise error(
            f"{path}: must hold named values like 'K1: ...'. "
            f"Received: {type(content).__name__}"
        )
    return {str(key): value for key, value in content.items()}


class _Loader(yaml.SafeLoader):
    """A safe loader without aliases, repeated keys and endless nesting."""

    _depth = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"the alias *{event.anchor} is not supported")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.YAMLError("values nest too deeply")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the field {key!r} stands twice")
        return super().construct_mapping(node, deep)


def _construct_plain(loader, suffix, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    raise yaml.YAMLError(f"the tag {suffix!r} is not supported")


for _prefix in ("tag:yaml.org,2002:opencv-", "!opencv-"):
    _Loader.add_multi_constructor(_prefix, _construct_plain)
