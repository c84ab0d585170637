"""The documents name what exists: every link, path, module, function and room."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from advisory.schedule import JOBS
from compliance.actions import Action
from compliance.firm import catalog
from tests.architecture.sources import APPS, PROJECT, modules

DOCUMENTS = (
    *sorted(
        path
        for path in (PROJECT / "docs").rglob("*.md")
        if path.parent != PROJECT / "docs" / "formats" / "samples"
    ),
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
)
TOPS = (*APPS, "tests", "docs", "templates", "static")
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
BLOCK = re.compile(r"```.*?```", re.DOTALL)
PATH = re.compile(rf"(?:{'|'.join(TOPS)})/[\w./*-]*")
DOTTED = re.compile(rf"(?:{'|'.join(APPS)})(?:\.\w+)+")
VERB = re.compile(r"([a-z]\w*)\.([A-Za-z]\w*)(?:\(.*\))?")
TEST_FILE = re.compile(r"test_\w+\.py")
EXTENSIONS = {"py", "md", "csv", "json", "jsonl", "toml", "html", "css", "js"}
NOT_CODE = {
    "tests/bench/NAME.py",
    # Actions of the trail, settings, jobs, fields of the household document, and a column of a table.
    *Action.values,
    *(setting.code for setting in catalog.SETTINGS),
    *(job.task.name for job in JOBS),
    "rules.caps",
    "rules.gain_budget",
    "rules.losses_may_be_lost",
    "rules.wind_down",
    "objective.fewest_orders",
    "household.profile_confirmed_on",
}


@cache
def names_by_module() -> dict[str, set[str]]:
    """What each module's last name holds: definitions, constants, imports; for a folder, its modules."""
    names: dict[str, set[str]] = defaultdict(set)
    gathered: list[tuple[str, str]] = []
    for module in modules():
        parts = module.name.split(".")
        for parent, child in pairwise(parts):
            names[parent].add(child)
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names[parts[-1]].add(node.name)
            elif isinstance(node, ast.Name):
                names[parts[-1]].add(node.id)
            elif isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                gathered.append((parts[-1], (node.module or "").split(".")[-1]))
            elif isinstance(node, ast.alias):
                names[parts[-1]].add((node.asname or node.name).split(".")[-1])
    for package, source in gathered:
        names[package] |= names[source]
    return names


def is_there(dotted: str) -> bool:
    """Whether a dotted name leads to a folder, a module, or something a module defines."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place = PROJECT.joinpath(*parts[:length])
        if place.is_dir() or place.with_suffix(".py").exists():
            rest = parts[length:]
            return not rest or rest[0] in names_by_module()[parts[length - 1]] or _exported(place, rest[0])
    return False


def _exported(package: Path, name: str) -> bool:
    init = package / "__init__.py"
    return init.exists() and bool(re.search(rf"\b{name}\b", init.read_text(encoding="utf-8")))


def missing_in(path: Path) -> Iterator[str]:
    """Every name in a document that leads nowhere."""
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if not (path.parent / unquote(target)).exists():
            yield f"link {target}"
    for code in CODE.findall(BLOCK.sub("", text)):
        if code in NOT_CODE:
            continue
        if PATH.fullmatch(code):
            if not any(PROJECT.glob(code.rstrip("/"))):
                yield f"path {code}"
        elif DOTTED.fullmatch(code):
            if not is_there(code):
                yield f"name {code}"
        elif TEST_FILE.fullmatch(code):
            if not any((PROJECT / "tests").rglob(code)):
                yield f"test {code}"
        elif (
            (verb := VERB.fullmatch(code))
            and verb[2] not in EXTENSIONS
            and verb[2] not in names_by_module().get(verb[1], {verb[2]})
        ):
            yield f"verb {code}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_document_names_only_what_exists(path: Path) -> None:
    assert list(missing_in(path)) == []


def test_the_search_finds_what_is_gone(tmp_path: Path) -> None:
    document = tmp_path / "old.md"
    document.write_text(
        "[a](gone.md) `compliance/gone.py` `compliance.review_desk.gone` `reviews.gone()` `test_gone.py` "
        "`compliance.review_desk.reviews.request` `compliance/review_desk/` `reviews.request(...)`",
        encoding="utf-8",
    )

    assert list(missing_in(document)) == [
        "link gone.md",
        "path compliance/gone.py",
        "name compliance.review_desk.gone",
        "verb reviews.gone()",
        "test test_gone.py",
    ]


def test_the_architecture_page_lists_every_room() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    rooms = [
        f"{container.replace('.', '/')}/{room}/"
        for contract in contracts
        for container in contract.get("containers", ())
        for layer in contract["layers"]
        for room in re.split(r"[:|]", layer)
        for room in (room.strip(),)
        if (PROJECT / container.replace(".", "/") / room).is_dir()
    ]

    assert len(rooms) > 40
    assert [room for room in rooms if room not in text] == []


def test_docstrings_and_comments_name_only_modules_that_exist() -> None:
    """A dotted name of the product in backquotes, in code, must lead somewhere."""
    missing = [
        f"{module.path.relative_to(PROJECT)}: {code}"
        for module in modules()
        for code in CODE.findall(module.path.read_text(encoding="utf-8").replace("``", "`"))
        if (DOTTED.fullmatch(code) and not is_there(code))
        or (PATH.fullmatch(code) and "NAME" not in code and not any(PROJECT.glob(code.rstrip("/"))))
    ]

    assert missing == []
