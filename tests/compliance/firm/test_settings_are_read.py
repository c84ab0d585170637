"""A stored field that nothing reads is a fault: every setting is read by the product, below its doors."""

from __future__ import annotations

import ast
from collections import defaultdict
from types import ModuleType
from typing import Any

import pytest

from compliance.firm import catalog, rule_figures
from compliance.firm.setting import Group, Setting
from compliance.rules import book
from tests.architecture.sources import modules

HOMES = tuple(
    home
    for home in vars(catalog).values()
    if isinstance(home, ModuleType) and hasattr(home, "SETTINGS") and home is not rule_figures
)
CONSTANTS = {
    setting.code: (home.__name__, name)
    for home in HOMES
    for name, setting in vars(home).items()
    if isinstance(setting, Setting)
}
SHOWN_ONLY = "compliance.doors.settings"
"""The settings' own page and forms show every setting; that alone is not reading it."""


def readers() -> dict[tuple[str, str], set[str]]:
    """Which modules pass a setting to `of` or `shown`, by the module and name of the setting."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    homes = {home.__name__ for home in HOMES}
    for module in modules():
        if module.name in homes or module.name.startswith(SHOWN_ONLY):
            continue
        names: dict[str, tuple[str, str]] = {}
        packages: dict[str, str] = {}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module in homes:
                names |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
            if isinstance(node, ast.ImportFrom) and node.module == "compliance.firm":
                packages |= {
                    alias.asname or alias.name: f"compliance.firm.{alias.name}" for alias in node.names
                }
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
                found[names[node.id]].add(module.name)
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in packages
            ):
                found[packages[node.value.id], node.attr].add(module.name)
    return found


READERS = readers()
NOT_YET = {"files.confirmed_by_themselves"}
"""Declared first, so that what will read it can be built beside it."""


def test_every_setting_but_the_rules_is_a_named_constant() -> None:
    assert CONSTANTS.keys() == {one.code for one in catalog.SETTINGS if one.group is not Group.RULES}


@pytest.mark.parametrize(
    "setting", [one for one in catalog.SETTINGS if one.group is not Group.RULES], ids=lambda one: one.code
)
def test_the_product_reads_every_setting(setting: Setting[Any]) -> None:
    found = READERS[CONSTANTS[setting.code]]

    # The code that reads these is built beside their declaration, and may come after it.
    assert found or setting.code in NOT_YET, (
        f"Nothing reads {setting.code}; its page says: {setting.read_by}."
    )


WHEN_ORDERS_ARE_SENT = {"limit_beyond_quote"}
"""What the limit of an order is set with (`rebalancing.portfolios.order_terms`); the rule compares what came of it."""


@pytest.mark.parametrize("name", sorted(rule_figures.BY_THRESHOLD.keys() - WHEN_ORDERS_ARE_SENT))
def test_a_rule_compares_with_every_threshold(name: str) -> None:
    threshold = book.THRESHOLDS[name]
    readers = [
        rule.RULE.id
        for rule in book.RULES
        for constant, value in vars(rule).items()
        if value is threshold and _compares(rule.__name__, constant)
    ]

    assert readers, f"No rule compares with {name}."


def _compares(module_name: str, constant: str) -> bool:
    """Whether the rule's code asks its case for the figure in force."""
    (module,) = [one for one in modules() if one.name == module_name]
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "threshold"
        and any(isinstance(one, ast.Name) and one.id == constant for one in node.args)
        for node in ast.walk(module.tree)
    )
