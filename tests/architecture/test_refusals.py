"""No refusal is a dead end: every kind has its way back, every address leads somewhere, and one template tells all of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.urls import get_resolver

from compliance.doors import refused, registry
from compliance.doors.door import FormDoor
from tests.architecture import asking
from tests.architecture.sources import PROJECT, Module, dotted, modules

BASES = {"Refusal", "NotAllowed", "Stale", "Conflict", "Blocked", "BadInput"}

ANSWERED_HERE = {
    "clients.views.models.edit": "clients/model_edit.html",
    "clients.views.policies.to_sign": "clients/policy_to_sign.html",
    "compliance.doors.pages.view": "doors/form.html",
    "compliance.doors.reviewing.show": "compliance/review.html",
    "rebalancing.views.orders.release": "rebalancing/release.html",
    "rebalancing.views.portal.consent": "rebalancing/consent_check.html",
    "rebalancing.views.portal.consent_check": "rebalancing/consent.html",
    "rebalancing.views.shaping._worked_out": "rebalancing/shape.html",
}
"""Every place that answers a page with the status of a refusal, and the page. All other refusals go through the error page."""

OTHERS = "errors/refusal.html"


CONFIRMED = {"advisory.people.step_up", "rebalancing.views.frontier"}
"""Pages whose own form is the next step: the confirmation, and today's plan beside the one that was looked at."""


def _classes() -> dict[str, str]:
    """Every class of refusals with its kind, empty where it is that of its base."""
    found: dict[str, str] = {}
    known = set(BASES)
    # Twice, so that a class may come before the base it is derived from.
    for _ in range(2):
        for module in modules():
            for node in ast.walk(module.tree):
                if not isinstance(node, ast.ClassDef):
                    continue
                bases = {dotted(base).rpartition(".")[2] for base in node.bases}
                if not bases & known:
                    continue
                known.add(node.name)
                found[node.name] = next(
                    (
                        one.value.value
                        for one in node.body
                        if isinstance(one, ast.Assign)
                        and dotted(one.targets[0]) == "kind"
                        and isinstance(one.value, ast.Constant)
                    ),
                    "",
                )
    return found


def kinds() -> set[str]:
    """Every kind of refusal that the product names, on a class or where one is raised."""
    classes = _classes()
    found = {kind for kind in classes.values() if kind}
    for module in modules():
        if module.name.startswith("rebalancing.fix.reading"):
            # A broker's refusal is a message, not one of ours.
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in classes:
                found |= {
                    one.value.value
                    for one in node.keywords
                    if one.arg == "kind" and isinstance(one.value, ast.Constant)
                }
    return found


def test_every_kind_of_refusal_has_the_words_of_a_way_back() -> None:
    assert kinds() == set(refused.BACK), (
        "A kind of refusal without a next step, or words for one that is gone: see compliance/doors/refused.py."
    )


def test_every_kind_of_refusal_is_in_the_documentation() -> None:
    told = set(
        re.findall(r"`/problems/([a-z-]+)`", (PROJECT / "docs" / "api.md").read_text(encoding="utf-8"))
    )

    assert kinds() - told == set(), "docs/api.md lists every kind that a program can meet."


def _answering(module: Module) -> Iterator[str]:
    """Functions that hand out a refusal's status themselves."""

    def found(node: ast.AST) -> bool:
        for one in ast.walk(node):
            if isinstance(one, ast.keyword) and one.arg == "status":
                value = one.value
                if isinstance(value, ast.Constant) and value.value in (409, 423):
                    return True
                if "http_status" in ast.dump(value):
                    return True
            if isinstance(one, ast.Assign) and "http_status" in ast.dump(one.value):
                return True
        return False

    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and found(node):
            yield f"{module.name}.{node.name}"
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and found(inner):
                    yield f"{module.name}.{node.name}.{inner.name}"


def test_whoever_answers_a_refusal_with_a_page_is_listed() -> None:
    found = {
        name
        for module in modules()
        if not {"api", "errors"} & set(module.name.split(".")) and module.name not in CONFIRMED
        for name in _answering(module)
        # Their own status as values, not an answer.
        if not name.endswith("Refusal.__init__")
    }

    assert found == set(ANSWERED_HERE)


@pytest.mark.parametrize("page", sorted({OTHERS, *ANSWERED_HERE.values()}))
def test_every_such_page_tells_it_through_the_one_template(page: str) -> None:
    assert "_parts/refusal.html" in (PROJECT / "templates" / page).read_text(encoding="utf-8")


def _sample(pattern: str) -> str:
    """An address of this pattern."""
    return "/" + re.sub(r"<int:\w+>", "1", re.sub(r"<(?:slug|str):\w+>", "pr_1", pattern))


LEADS_HOME = {
    "appearance/": "A switch on every page.",
    "lists/columns/": "A switch on every list.",
    "lists/search/": "A box on every list.",
    "csp-reports": "Sent by browsers, read by nobody.",
}
"""Addresses whose refusal leads to the home page, and why."""


def test_from_every_address_that_takes_a_form_a_refusal_leads_back_to_a_page() -> None:
    doors = {one.browser: one for one in registry.doors() if isinstance(one, FormDoor)}
    reviewed = {(row.route, row.method) for row in asking.reviewed()}
    lost = []
    for route in asking.walk(get_resolver()):
        if route.is_api or (route.pattern, "POST") not in reviewed or route.pattern in LEADS_HOME:
            continue
        # A door is its own page: its form stands there, with the present values.
        if route.name not in doors and not refused.above(_sample(route.pattern)):
            lost.append(route.pattern)

    assert lost == []


def test_programs_are_led_to_an_address_that_can_be_read() -> None:
    lost = [
        route.pattern
        for route in asking.walk(get_resolver())
        if route.is_api and route.has_object and "POST" in route.methods and "GET" not in route.methods
        if not refused.above(_sample(route.pattern))
    ]

    assert lost == []
