"""Classes that a model divides by the weights of their sleeves, in the engine's terms.

A class is divided where its model version has several sleeves for it and each can be bought in this household. A
security counts in the sleeve that names it, or that would buy it in a member's place; what no sleeve names counts in all
of them by their weights, so that it changes the size of the class and not its mix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from clients.models import Account, Security, Sleeve, SleeveMember
from rebalancing.engine.documents import household as document
from rebalancing.portfolios.record_rows import Rows

ONE = Decimal(1)
STEP = Decimal("0.000000001")

Divided = dict[str, list[Sleeve]]
"""The sleeves of each divided class, by the class's code."""


def of(rows: Rows, *, named: Iterable[str], cash_class: str) -> Divided:
    """The classes of the policy that are divided. Free cash belongs to the class of cash and to no sleeve of it."""
    by_class: dict[str, list[Sleeve]] = defaultdict(list)
    for sleeve in rows.market.sleeves(rows.model_version.pk):
        by_class[sleeve.model_class.asset_class.code].append(sleeve)
    taxed = {one.tax_treatment == Account.TaxTreatment.TAXABLE for one in rows.accounts}
    wanted = set(named) - {cash_class}
    return {
        code: sleeves
        for code, sleeves in by_class.items()
        if code in wanted and len(sleeves) > 1 and all(_is_bought(sleeve, taxed) for sleeve in sleeves)
    }


def _is_bought(sleeve: Sleeve, taxed: set[bool]) -> bool:
    """Whether one of its members may be bought in some account of the household."""
    places = {SleeveMember.Place.ANY: {True, False}, SleeveMember.Place.TAXABLE: {True}}
    return any(
        member.use != SleeveMember.Use.LEGACY
        and places.get(SleeveMember.Place(member.place), {False}) & taxed
        for member in sleeve.members.all()
    )


def id_of(sleeve: Sleeve) -> str:
    """The sleeve's name in the document."""
    return f"{sleeve.model_class.asset_class.code}/{sleeve.name}"


def targets(
    divided: Divided, classes: Mapping[str, document.ClassPolicy], *, is_measured: bool
) -> tuple[document.SleeveTarget, ...]:
    """Target and band of each sleeve: its share of its class's. `is_measured`: the band is to be kept."""
    found = []
    for code, sleeves in divided.items():
        row = classes[code]
        found += [
            document.SleeveTarget(
                id=id_of(sleeve),
                asset_class=code,
                name=f"{row.name}: {sleeve.name}",
                target=row.target * sleeve.weight,
                lower=row.lower * sleeve.weight,
                upper=row.upper * sleeve.weight,
                destination=row.destination,
                is_measured=is_measured,
            )
            for sleeve in sleeves
        ]
    return tuple(found)


def parts(rows: Rows, divided: Divided, security: Security) -> tuple[document.SleeveWeight, ...]:
    """How much of a security counts in each sleeve of its divided classes."""
    found: list[document.SleeveWeight] = []
    for part in security.class_weights.all():
        sleeves = divided.get(part.asset_class.code)
        if sleeves and part.weight:
            found += _split(part.weight, _homes(rows, sleeves, security) or sleeves)
    return tuple(found)


def _homes(rows: Rows, sleeves: list[Sleeve], security: Security) -> list[Sleeve]:
    members = {sleeve.pk: [one.security_id for one in sleeve.members.all()] for sleeve in sleeves}
    named = [sleeve for sleeve in sleeves if security.pk in members[sleeve.pk]]
    return named or [
        sleeve
        for sleeve in sleeves
        if any(
            replacement.replacement_id == security.pk
            for key in members[sleeve.pk]
            for replacement in rows.securities[key].replacements.all()
        )
    ]


def _split(weight: Decimal, among: list[Sleeve]) -> list[document.SleeveWeight]:
    """The weight over these sleeves by theirs, to the last digit."""
    whole, left = sum((one.weight for one in among), Decimal(0)), weight
    found = []
    for one in among[:-1]:
        share = (weight * one.weight / whole).quantize(STEP)
        left -= share
        found.append(document.SleeveWeight(sleeve=id_of(one), weight=share))
    return [*found, document.SleeveWeight(sleeve=id_of(among[-1]), weight=left)]
