"""Each table has one writing module; whoever wants to know who changes a row has one place to look."""

from __future__ import annotations

import ast

import pytest
from django.apps import apps

from tests.architecture.sources import APPS, Module, calls, is_pure, modules
from tests.architecture.writers import OTHER_SAVERS, WRITERS

WRITES = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "bulk_update",
    "update",
    "delete",
    "acreate",
    "asave",
    "aupdate",
    "adelete",
    "add",
    "set",
    "remove",
    "clear",
}
ROWS = {"save", "delete", "bulk_create", "update_or_create", "get_or_create"}


def imported_models(module: Module) -> dict[str, str]:
    """Local name to model name, for what the module imports from a `models` package."""
    return {
        (alias.asname or alias.name): alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module and "models" in node.module.split(".")
        for alias in node.names
        if alias.name in WRITERS
    }


def written_by(module: Module) -> dict[str, list[str]]:
    """Each model the module makes, changes or deletes through its class, with the places."""
    known = imported_models(module)
    found: dict[str, list[str]] = {}
    for call, name in calls(module.tree):
        first, _, rest = name.partition(".")
        through_manager = (
            rest.startswith(("objects.", "_default_manager.")) and rest.rsplit(".", 1)[-1] in WRITES
        )
        if first == "bulk" and call.args and isinstance(call.args[0], ast.Name):
            # `bulk.insert(Model, rows)` and its like write what they are given.
            if call.args[0].id in known:
                found.setdefault(known[call.args[0].id], []).append(module.where(call))
        elif first in known and (not rest or through_manager):
            found.setdefault(known[first], []).append(module.where(call))
    return found


def looked_at() -> list[Module]:
    return [one for one in modules() if ".models" not in f".{one.name}" and not is_pure(one)]


def test_every_table_is_listed_with_its_writer() -> None:
    tables = {model.__name__ for model in apps.get_models() if model.__module__.split(".")[0] in APPS}

    assert tables == set(WRITERS), "List a new table here, with the one module that writes it."


def test_each_table_is_written_in_its_own_module_only() -> None:
    strangers = {
        f"{model} in {module.name}": places
        for module in looked_at()
        for model, places in written_by(module).items()
        if module.name not in WRITERS[model]
    }

    assert strangers == {}, "Call the verb of the module that writes this table."


def test_rows_are_saved_only_where_some_table_is_written() -> None:
    writing = set().union(*WRITERS.values()) | set(OTHER_SAVERS)
    strangers = [
        module.where(call)
        for module in looked_at()
        for call, name in calls(module.tree)
        if "." in name
        and name.rsplit(".", 1)[-1] in ROWS
        and (
            (name.endswith(".save") and any(word.arg == "update_fields" for word in call.keywords))
            or "objects" in name
        )
        and module.name not in writing
    ]

    assert strangers == []


def test_no_writer_is_listed_that_does_not_exist() -> None:
    names = {module.name for module in modules()}

    assert (set().union(*WRITERS.values()) | set(OTHER_SAVERS)) - names == set()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Approval.objects.create(review=review)", {"Approval"}),
        ("Approval(review=review)", {"Approval"}),
        ("bulk.update(Approval, ('state',), rows)", {"Approval"}),
        ("Approval.objects.filter(pk=1).update(state='x')", {"Approval"}),
        ("Approval.objects.filter(pk=1).first()", set()),
    ],
)
def test_the_search_finds_a_stray_writer(line: str, found: set[str]) -> None:
    tree = ast.parse(f"from compliance.models import Approval\n{line}")
    stray = Module("rebalancing.stray", modules()[0].path, tree)

    assert set(written_by(stray)) == found
