"""What differs between two versions of a policy, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from clients import figures
from clients.models import Account, AssetClass, ModelPortfolio, PolicySection
from clients.policies import wording
from compliance.review_desk.subjects import Difference

Shown = Mapping[str, Any]


def between(before: Shown | None, after: Shown) -> list[Difference]:
    """Every difference, in the order in which a policy is read. `before` None: everything is new.

    Both are as `policies.shown` returns them.
    """
    old: Shown = before or {"sections": {}, "targets": [], "restrictions": []}
    return [
        *_sections(old, after),
        *_targets(old, after),
        *_terms(old, after, is_new=before is None),
        *_restrictions(old, after),
    ]


def _sections(old: Shown, new: Shown) -> Iterator[Difference]:
    for code in PolicySection.Code.values:
        before, after = old["sections"].get(code, ""), new["sections"].get(code, "")
        if before != after:
            yield Difference(wording.section(code), before, after)


def _targets(old: Shown, new: Shown) -> Iterator[Difference]:
    names = dict(AssetClass.objects.values_list("code", "name"))
    was = {one["asset_class"]: one for one in old["targets"]}
    now = {one["asset_class"]: one for one in new["targets"]}
    for code in [*now, *(one for one in was if one not in now)]:
        name = names.get(code, code)
        before, after = was.get(code), now.get(code)
        for label, say in PARTS:
            told = (say(before) if before else "", say(after) if after else "")
            if told[0] != told[1]:
                yield Difference(f"{name}: {label}", *told)


def _terms(old: Shown, new: Shown, *, is_new: bool) -> Iterator[Difference]:
    models = dict(ModelPortfolio.objects.values_list("code", "name"))

    def say(name: str, told: Shown) -> str:
        value = told.get(name)
        return wording.model(value, models) if name == "model" and value else wording.said_of(told, name)

    for name, label in wording.LABELS.items():
        if name not in old and name not in new:
            continue
        before, after = "" if is_new else say(name, old), say(name, new)
        if before != after:
            yield Difference(label, before, after)


def _restrictions(old: Shown, new: Shown) -> Iterator[Difference]:
    named = {one["account"] for one in (*old["restrictions"], *new["restrictions"])}
    accounts = {
        one.public_id: str(one) for one in Account.objects.filter(public_id__in=named).defer("number")
    }
    was = [wording.restriction(one, accounts) for one in old["restrictions"]]
    now = [wording.restriction(one, accounts) for one in new["restrictions"]]
    for line in was:
        if line not in now:
            yield Difference("Restriction", line, "")
    for line in now:
        if line not in was:
            yield Difference("Restriction", "", line)


def _weight(value: Decimal) -> str:
    return f"{figures.weight_trimmed(value)}%"


def _sheltered(target: Mapping[str, Any]) -> str:
    return wording.span(target["sheltered_lower"], target["sheltered_upper"])


PARTS = (
    ("target", lambda one: _weight(one["target"])),
    ("band", lambda one: f"{wording.span(one['lower'], one['upper'])} ({wording.band(one)})"),
    ("band where no account is taxable", _sheltered),
    ("trades never leave", wording.hard),
    ("benchmark", lambda one: one["benchmark"]),
)
