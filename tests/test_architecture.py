"""Imports run one way."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parent

MAY_IMPORT = {
    "errors": set(),
    "documents": {"errors"},
    "contract": {"errors", "documents"},
    "scenario": {"errors", "documents", "contract"},
    "history": {"errors", "documents", "contract"},
    "client": {"errors", "documents", "contract", "scenario", "history"},
    "oracle": {"errors", "documents", "contract", "history"},
    "sandbox": {"errors", "documents", "contract"},
    "report": {"errors", "documents", "contract", "history", "oracle"},
    "load": {"errors", "documents", "contract", "scenario", "history", "client", "oracle", "report"},
    "gate": {"errors", "documents", "contract", "scenario", "history", "client", "oracle", "report"},
    "capacity": {"errors", "documents", "contract", "scenario", "history", "client", "oracle", "report", "load"},
    "proof": {
        "errors",
        "documents",
        "contract",
        "scenario",
        "history",
        "client",
        "oracle",
        "sandbox",
        "report",
        "gate",
    },
}
"""What each package of the harness may import of the others."""

MAY_IMPORT["exploration"] = MAY_IMPORT["proof"] | {"proof"}
MAY_IMPORT["pytest_plugin"] = set(MAY_IMPORT)
MAY_IMPORT["commands"] = set(MAY_IMPORT)
MAY_IMPORT["cli"] = set(MAY_IMPORT)  # and nothing imports it


ROOMS = {
    "load": {
        "measures": set(),
        "course": {"measures"},
        "health": {"measures", "others"},
        "arrivals": {"health", "others"},
        "cluster": {"measures", "arrivals", "others"},
        "others": {"measures", "course", "health", "arrivals", "cluster"},
        "display": {"measures", "course", "cluster", "others"},
        "live": {"measures", "course", "health", "arrivals", "cluster", "others", "display"},
        "user": {"live", "others"},
    },
    "report": {
        "capacity": {"others"},
        "others": {"capacity"},
        "comparison": {"capacity", "others"},
        "trend": {"capacity", "comparison", "others"},
    },
}
"""What each room of a package may import of its others; `others` are the modules at its top."""


def _modules():
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


def _imported(path):
    """Every module that a file imports, wherever in the file; `from a import b` may mean the module a.b."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            yield from (_module(node.module, alias.name) for alias in node.names)


def _module(package, name):
    return f"{package}.{name}" if f"{package}.{name}" in MODULES else package


def _room(module):
    """`course` for `harness.load.course.spread`."""
    package, room = module.split(".")[1:3]
    return room if room in ROOMS[package] else "others"


def _package(module):
    """`oracle` for `harness.oracle.checks.ttl`."""
    return module.split(".")[1] if "." in module else ""


MODULES = dict(_modules())
IMPORTS = {module: set(_imported(path)) for module, path in MODULES.items()}


def test_every_package_has_its_place():
    assert {_package(module) for module in MODULES} - {""} <= MAY_IMPORT.keys()


def test_imports_run_one_way():
    wrong = [
        f"{module} imports {other}"
        for module, imported in IMPORTS.items()
        for other in sorted(imported & MODULES.keys() - {"harness"})
        if _package(other) not in MAY_IMPORT[_package(module)] | {_package(module)}
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ROOMS)
def test_the_rooms_of_a_package_import_one_way(package):
    top, allowed = f"harness.{package}", ROOMS[package]
    rooms = {path.name for path in (ROOT / package).iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms <= allowed.keys()
    wrong = [
        f"{module} imports {other}"
        for module, imported in IMPORTS.items()
        for other in sorted(imported & MODULES.keys() - {top})
        if _package(module) == _package(other) == package
        and module != top
        and _room(other) not in allowed[_room(module)] | {_room(module)}
    ]
    assert not wrong, "\n".join(wrong)


def test_what_the_report_of_a_search_is_made_of_knows_nothing_of_it():
    ours = {module for module in MODULES if module.startswith("harness.report.capacity")}
    basis = set().union(*(IMPORTS[module] for module in ours)) & MODULES.keys() - ours
    assert not [module for module in sorted(basis) if IMPORTS[module] & ours]


def test_no_circle_of_modules():
    order = graphlib.TopologicalSorter({module: imported & MODULES.keys() for module, imported in IMPORTS.items()})
    try:
        order.prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_only_load_knows_locust_and_gevent():
    for module, imported in IMPORTS.items():
        if _package(module) != "load":
            assert not {other.partition(".")[0] for other in imported} & {"gevent", "locust"}, module


def test_only_the_search_for_capacity_knows_scipy():
    knowing = [
        module for module, imported in IMPORTS.items() if {other.partition(".")[0] for other in imported} & {"scipy"}
    ]
    assert {_package(module) for module in knowing} == {"capacity"}


@pytest.mark.parametrize("module", ["harness.cli", "harness.load.live"])
def test_whoever_searches_for_no_capacity_does_not_wait_for_scipy(module):
    script = f"import sys, {module}; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
