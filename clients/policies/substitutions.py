"""Replacing one security by another in every model that buys it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from clients.models import ModelPortfolio, ModelVersion, Security, SleeveMember
from clients.policies import model_portfolios, model_trees, model_versions
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.people.actors import Actor
from compliance.refusals import BadInput

Use = SleeveMember.Use


@dataclass(frozen=True, slots=True)
class Found:
    """A model that buys a security, in the version in force. `hindrance` says why no draft can be made for it now."""

    model: ModelPortfolio
    version: ModelVersion
    sleeves: tuple[str, ...]
    hindrance: str


def security_of(symbol: str) -> Security | None:
    """The security of a symbol as typed; None where none is on record."""
    return Security.objects.filter(symbol=symbol.strip().upper()).first()


def containing(security: Security, *, on: date) -> list[Found]:
    """Every model whose version in force buys the security, by name."""
    found = []
    for model in ModelPortfolio.objects.filter(retired_at=None).order_by("name"):
        version = model_versions.in_force(model, on=on)
        if version is None:
            continue
        tree = model_trees.of(version)
        sleeves = tuple(
            f"{one.asset_class} / {sleeve.name}"
            for one in tree
            for sleeve in one.sleeves
            if _buys(sleeve, security.symbol)
        )
        if sleeves:
            found.append(Found(model, version, sleeves, _hindrance(model, version, tree, security.symbol)))
    return found


@transaction.atomic
def draft_all(
    old: Security,
    new: Security,
    *,
    among: Collection[str],
    note: str,
    on: date,
    by: Actor,
    at: datetime,
) -> list[ModelVersion]:
    """Draft the next version of each of these models (by code), with `new` in the place of `old`.

    `old` stays as a security that is no longer bought and is sold as taxes allow. All drafts are made or none. Raises
    `BadInput` where one of the models does not buy `old`, or cannot be drafted now.
    """
    if old == new:
        raise BadInput("A security cannot replace itself.", "Choose another one.")
    if new.trading != Security.Trading.OPEN:
        raise BadInput(f"{new.symbol} is not open for purchases.", "Choose a security that may be bought.")
    known = {one.model.code: one for one in containing(old, on=on)}
    drafts = []
    for code in sorted(among):
        if code not in known:
            raise BadInput(f"The model {code} does not buy {old.symbol}.", "Choose among the models that do.")
        if known[code].hindrance:
            raise BadInput(known[code].hindrance, "Leave this model out, or finish that first.")
        version = model_portfolios.draft_next(known[code].model, note=note, by=by, at=at)
        drafts.append(
            model_portfolios.change(
                version,
                classes=replaced(model_trees.of(version), old.symbol, new.symbol),
                note=note,
                by=by,
                at=at,
            )
        )
    return drafts


def replaced(classes: Sequence[ClassSpec], old: str, new: str) -> tuple[ClassSpec, ...]:
    """The tree with `new` in the place, use and rank of `old` in each sleeve that buys `old`. A sleeve that was taken
    from another model is left as it came.
    """
    return tuple(
        one
        if one.taken_from
        else replace(one, sleeves=tuple(_replaced(sleeve, old, new) for sleeve in one.sleeves))
        for one in classes
    )


def _replaced(sleeve: SleeveSpec, old: str, new: str) -> SleeveSpec:
    if sleeve.taken_from or not _buys(sleeve, old):
        return sleeve
    before = [member for member in sleeve.members if member.symbol == old]
    taken = {member.place for member in before}
    members = [replace(member, symbol=new) for member in before if model_trees.is_bought(member)]
    members += [
        member
        for member in sleeve.members
        if member.symbol != old and not (member.symbol == new and member.place in taken)
    ]
    last = max(member.rank for member in sleeve.members)
    members += [MemberSpec(old, use=Use.LEGACY, place=member.place, rank=last + 1) for member in before]
    return replace(sleeve, members=tuple(sorted(members, key=lambda member: member.rank)))


def _buys(sleeve: SleeveSpec, symbol: str) -> bool:
    return any(member.symbol == symbol and model_trees.is_bought(member) for member in sleeve.members)


def _hindrance(model: ModelPortfolio, version: ModelVersion, tree: Sequence[ClassSpec], symbol: str) -> str:
    if (draft := model_versions.draft_of(model)) is not None:
        return f"Version {draft.version} of {model} is a draft already."
    last = model_versions.last_of(model)
    if last is not None and last.pk != version.pk:
        return f"Version {last.version} of {model} is published and takes effect on {last.effective_on}."
    if replaced(tree, symbol, f"{symbol}'") == tuple(tree):
        sources = sorted(set(model_trees.sources(tree).values()))
        return f"{model} takes this part from {', '.join(sources)}; replace it there first."
    return ""
