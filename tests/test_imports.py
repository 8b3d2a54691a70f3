"""Imports point down one list of packages, and run in no circle."""

import ast
import graphlib
from pathlib import Path

import hand_geo_keras

ROOT = Path(hand_geo_keras.__file__).parent
# A package may import itself and those before it.
ORDER = (
    *("_version", "quiet", "installation", "errors", "io"),
    *("http_file", "verified_file", "hub_presets", "preset_folders"),
    *("geometry", "motion_files", "layers", "precision", "metrics", "losses"),
    "optimizers",
    *("recordings", "synthetic", "datasets", "pipelines", "models"),
    *("visualization", "calibration", "callbacks", "prediction", "labelling"),
    *("evaluation", "training", "scenarios", "studies", "serving", "viewer", "cli"),
)


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def imported_modules(path, tree=None):
    """Modules of this package that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(tree or ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = names & set(MODULES)
            found |= modules if len(modules) == len(names) else {node.module, *modules}
    return {name for name in found if name.startswith("hand_geo_keras.")}


def package_of(module):
    return module.split(".")[1]


def test_every_package_has_its_place():
    packages = {package_of(name) for name in MODULES if "." in name}
    assert packages == set(ORDER)


def test_imports_point_down():
    upward = [
        f"{name} imports {imported}"
        for name, path in MODULES.items()
        if "." in name
        for imported in imported_modules(path)
        if ORDER.index(package_of(imported)) > ORDER.index(package_of(name))
    ]
    assert not upward, "\n".join(upward)


def test_modules_import_each_other_in_no_circle():
    graph = {}
    for name, path in MODULES.items():
        imported = imported_modules(path) & set(MODULES)
        # A package's __init__ is imported with each of its modules, by Python itself.
        graph[name] = {other for other in imported if not name.startswith(other)}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError
