"""Every action in the list is recorded by some verb: an action that nothing writes is a promise to the examiner, not kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from compliance.actions import Action
from tests.architecture.sources import modules

FORMER = {"MARKET_CONDITION_ADDED", "MARKET_CONDITION_CHANGED", "MARKET_CONDITION_CANCELLED"}
"""Recorded by earlier versions; their events stay readable."""
LOOKS = {"action", "action__in", "actions"}
"""Keywords of filters, and of doors, which declare what their verbs write."""


def only_looked_for(tree: ast.AST) -> Iterator[ast.AST]:
    """What names actions to find, compare or describe events, and writes none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None)
        elif isinstance(node, ast.keyword) and node.arg in LOOKS:
            yield node.value
        elif isinstance(node, ast.Compare) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "frozenset"
        ):
            yield node


def names_in(tree: ast.AST) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            holder = node.value
            if (isinstance(holder, ast.Name) and holder.id == "Action") or (
                isinstance(holder, ast.Attribute) and holder.attr == "Action"
            ):
                yield node


def test_every_action_is_recorded_somewhere() -> None:
    recorded: set[str] = set()
    for module in modules():
        if module.name == "compliance.actions" or ".pages" in module.name:
            continue
        looked = {id(one) for part in only_looked_for(module.tree) for one in names_in(part)}
        recorded |= {one.attr for one in names_in(module.tree) if id(one) not in looked}

    assert {action.name for action in Action} - recorded == FORMER
