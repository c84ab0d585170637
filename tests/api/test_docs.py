"""docs/api.md names what the API really does."""

from __future__ import annotations

import ast
import re

from django.urls import URLPattern

from clients.api import urls as clients_urls
from compliance.refusals import Refusal
from rebalancing.api import urls as rebalancing_urls
from tests.architecture.sources import PROJECT, calls, modules

DOCS = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")


def kinds() -> set[str]:
    """Every slug that a refusal of ours can have."""
    found = set()
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Refusal:
            found.add(kind.kind)
    for module in modules():
        for call, name in calls(module.tree):
            if name.rsplit(".", 1)[-1] in {
                "Stale",
                "Conflict",
                "Blocked",
                "BadInput",
                "NotAllowed",
                "Refusal",
            }:
                found |= {
                    str(word.value.value)
                    for word in call.keywords
                    if word.arg == "kind" and isinstance(word.value, ast.Constant)
                }
    return found


def test_every_problem_type_is_explained() -> None:
    explained = set(re.findall(r"`/problems/([a-z-]+)`", DOCS))

    assert kinds() - explained == set()


def test_every_kind_of_thing_and_every_verb_is_named() -> None:
    patterns = [
        str(one.pattern)
        for one in (*clients_urls.urlpatterns, *rebalancing_urls.urlpatterns)
        if isinstance(one, URLPattern)
    ]
    heads = {pattern.split("/")[0] for pattern in patterns}
    verbs = {parts[-2] for pattern in patterns if len(parts := pattern.split("/")) == 4 and not parts[-1]}
    verbs = {verb for verb in verbs if not verb.startswith("<")}

    assert {head for head in heads if f"{head}/" not in DOCS} == set()
    assert {verb for verb in verbs if f"{verb}/" not in DOCS} == set()
