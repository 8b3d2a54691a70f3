"""What XLA compiles in tests runs once; making it fast takes longer than it ever runs.

To be read before TensorFlow is imported.
"""

import importlib.util
from pathlib import Path

_FUSION_EMITTERS = "xla_cpu_use_fusion_emitters"  # they compile the longest


def xla_flags():
    """For the environment variable `XLA_FLAGS`."""
    flags = ["--xla_backend_optimization_level=0"]
    if _FUSION_EMITTERS in _options():
        flags.append(f"--{_FUSION_EMITTERS}=false")
    return " ".join(flags)


def _options():
    """Text that names the options of this XLA, which ends a process over others."""
    package = Path(importlib.util.find_spec("tensorflow").origin).parent
    path = package / "include" / "xla" / "xla.pb.h"
    return path.read_text() if path.is_file() else ""
