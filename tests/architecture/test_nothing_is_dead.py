"""What nobody needs any more goes: requirements, scripts, entries of exception lists, helpers inside test modules."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.sources import APPS, PROJECT

CONFIG = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
TESTS = PROJECT / "tests"

RUN_BY_NAME = {
    "argon2-cffi": "Django hashes passwords with it.",
    "gunicorn": "The web process.",
    "openpyxl": "Lists as workbooks.",
    "ruff": "./evenkeel check",
    "mypy": "./evenkeel check",
    "import-linter": "./evenkeel check",
    "mutmut": "./evenkeel bench mutation",
    "pytest-django": "A plugin of pytest.",
    "pytest-xdist": "A plugin of pytest: both cores.",
    "django-stubs": "Types for mypy.",
    "djangorestframework-stubs": "Types for mypy.",
    "celery-types": "Types for mypy.",
}
"""Requirements that nobody imports, and who needs them. Types (`types-…`) follow what they describe."""


def required(name: str) -> set[str]:
    lines = (PROJECT / name).read_text("utf-8").splitlines()
    return {
        re.split(r"[\[<>=~!]", line.strip())[0].lower()
        for line in lines
        if line.strip() and not line.startswith(("#", "-"))
    }


@cache
def parts_of() -> dict[str, set[str]]:
    """What each installed distribution is imported as."""
    found: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            found.setdefault(distribution.lower().replace("_", "-"), set()).add(module)
    return found


@cache
def named_in(*folders: str) -> frozenset[str]:
    """The first words of all imports, and of the dotted texts that settings load by name."""
    found = set()
    for folder in folders:
        for path in (PROJECT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    found.add((node.module or "").split(".")[0])
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.split(".")[0])
    return frozenset(found)


@pytest.mark.parametrize(
    ("file", "folders"), [("requirements.in", APPS), ("requirements-dev.in", (*APPS, "tests"))]
)
def test_every_requirement_is_used(file: str, folders: tuple[str, ...]) -> None:
    unused = {
        name
        for name in required(file) - set(RUN_BY_NAME)
        if not name.startswith("types-")
        and not parts_of().get(name, {name.replace("-", "_")}) & named_in(*folders)
    }

    assert unused == set(), "Import it, or take it out and run `./evenkeel lock`."


def test_types_describe_something_that_is_required() -> None:
    everything = required("requirements.in") | required("requirements-dev.in")

    assert {name for name in everything if name.startswith("types-") and name[6:] not in everything} == set()
    assert set(RUN_BY_NAME) - everything == set()


# Scripts


def test_every_script_is_loaded_and_finds_what_it_looks_for() -> None:
    templates = [path.read_text("utf-8") for path in (PROJECT / "templates").rglob("*.html")]
    python = [path.read_text("utf-8") for app in APPS for path in (PROJECT / app).rglob("*.py")]
    everywhere = "\n".join([*templates, *python])

    for script in sorted((PROJECT / "static" / "js").glob("*.js")):
        text = script.read_text("utf-8")
        sought = set(re.findall(r"\[(data-[a-z-]+)", text))
        set_by_itself = set(re.findall(r"toggleAttribute\(\"(data-[a-z-]+)\"", text))
        assert f"js/{script.name}" in everywhere, f"No page loads {script.name}."
        lost = {name for name in sought - set_by_itself if name not in everywhere}
        assert lost == set(), f"{script.name} looks for what no page has: {lost}"


# Exception lists


def test_every_line_that_ruff_lets_pass_is_needed() -> None:
    unneeded = []
    for pattern, codes in CONFIG["tool"]["ruff"]["lint"]["per-file-ignores"].items():
        files = [str(path) for path in PROJECT.glob(pattern.replace("/*", "/**/*.py")) if path.is_file()]
        for code in codes:
            told = subprocess.run(
                [
                    sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--select", code,
                    "--output-format", "json", *files,
                ],
                capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
            if not json.loads(told):
                unneeded.append(f"{pattern}: {code}")

    assert unneeded == []


def test_every_module_that_mypy_may_miss_is_imported() -> None:
    (missing,) = (one for one in CONFIG["tool"]["mypy"]["overrides"] if one.get("ignore_missing_imports"))
    named = named_in(*APPS)

    assert [module for module in missing["module"] if module.split(".")[0] not in named] == []


def test_every_arrow_that_a_contract_ignores_is_there() -> None:
    for contract in CONFIG["tool"]["importlinter"]["contracts"]:
        assert contract.get("unmatched_ignore_imports_alerting", "error") == "error", contract["name"]


# Helpers


def files_of_tests() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(TESTS.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def test_nobody_imports_a_test_module() -> None:
    """A helper two tests share has a module of its own; importing a test brings its fixtures and marks with it."""
    taken = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path, tree in files_of_tests()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.startswith("tests")
        and any(
            part.startswith("test_") for part in (node.module.split(".") + [one.name for one in node.names])
        )
    ]

    assert taken == []


STARTERS = ("tests.processes.workers", "tests.processes.running_desk", "advisory.embedded.valkey")


def test_who_starts_servers_or_workers_is_marked() -> None:
    """The quick run has no time for them, and `.ci/run` must find them all."""
    unmarked = [
        str(path.relative_to(PROJECT))
        for path, tree in files_of_tests()
        if path.name.startswith("test_")
        and any(isinstance(node, ast.ImportFrom) and node.module in STARTERS for node in ast.walk(tree))
        and "pytest.mark.process" not in path.read_text("utf-8")
    ]

    assert unmarked == []
