"""The product's own modules as syntax trees, for tests that read code instead of running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
APPS = ("advisory", "clients", "compliance", "rebalancing")


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, its path and its tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def app(self) -> str:
        return self.name.split(".")[0]

    def where(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(PROJECT)}:{getattr(node, 'lineno', 0)}"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product but its migrations."""
    found = []
    for app in APPS:
        for path in sorted((PROJECT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            name = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
            found.append(Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path))))
    return tuple(found)


def is_pure(module: Module) -> bool:
    """Whether the module belongs to the engine, the rule book or the custodian formats."""
    return module.name.startswith(("rebalancing.engine", "compliance.rules", "clients.custodians"))


def is_door(module: Module) -> bool:
    """Whether the module lets the outside in: views, the API, doors, tasks, commands."""
    parts = module.name.split(".")
    return bool({"views", "api", "doors", "tasks", "admin", "management"} & set(parts[1:]))


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted text of what is called, as far as it is a plain name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names; calls inside the chain show as `()`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return ""
