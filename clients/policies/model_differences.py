"""What changes between two versions of a model, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clients.models import AssetClass, SleeveMember
from clients.policies import model_trees
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.review_desk.subjects import Difference

Members = dict[tuple[str, str], MemberSpec]


def between(before: Sequence[ClassSpec], after: Sequence[ClassSpec]) -> tuple[Difference, ...]:
    """Every difference, class by class in the order of the firm's classes; empty when the two are alike."""
    classes = list(AssetClass.objects.all())
    names = {one.code: one.name or one.code for one in classes}
    place = {one.code: position for position, one in enumerate(classes)}
    old = {one.asset_class: one for one in before}
    new = {one.asset_class: one for one in after}
    found: list[Difference] = []
    for code in sorted(old.keys() | new.keys(), key=lambda code: place.get(code, len(place))):
        found += _of_class(names.get(code, code), old.get(code), new.get(code))
    return tuple(found)


def _of_class(name: str, before: ClassSpec | None, after: ClassSpec | None) -> Iterator[Difference]:
    weights = [model_trees.weight_text(one.weight) if one else "" for one in (before, after)]
    if weights[0] != weights[1]:
        yield Difference(f"{name}, weight", *weights)
    taken = [one.taken_from if one else "" for one in (before, after)]
    if taken[0] != taken[1]:
        yield Difference(f"{name}, taken from", *taken)
    old = {sleeve.name: sleeve for sleeve in before.sleeves} if before else {}
    new = {sleeve.name: sleeve for sleeve in after.sleeves} if after else {}
    for sleeve in [*new, *(one for one in old if one not in new)]:
        yield from _of_sleeve(f"{name} / {sleeve}", old.get(sleeve), new.get(sleeve))


def _of_sleeve(name: str, before: SleeveSpec | None, after: SleeveSpec | None) -> Iterator[Difference]:
    shares = [model_trees.weight_text(one.weight) if one else "" for one in (before, after)]
    if shares[0] != shares[1]:
        yield Difference(f"{name}, share of the class", *shares)
    taken = [one.taken_from if one else "" for one in (before, after)]
    if taken[0] != taken[1]:
        yield Difference(f"{name}, taken from", *taken)
    old, new = _members(before), _members(after)
    for key in [*new, *(one for one in old if one not in new)]:
        texts = [_words(members.get(key)) for members in (old, new)]
        if texts[0] != texts[1]:
            yield Difference(f"{name}: {key[0]}", *texts)


def _members(sleeve: SleeveSpec | None) -> Members:
    return {(one.symbol, one.place): one for one in sleeve.members} if sleeve else {}


def _words(member: MemberSpec | None) -> str:
    """`First choice 1, any account`."""
    if member is None:
        return ""
    use, place = SleeveMember.Use(member.use).label, SleeveMember.Place(member.place).label
    if not model_trees.is_bought(member):
        return f"{use}, {place.lower()}"
    return f"{use}, rank {member.rank}, {place.lower()}"
