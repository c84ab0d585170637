"""The demonstration's families as rows of a workbook: a firm of any size to bring in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from advisory.showroom.demo import models, people
from advisory.showroom.demo.families import Family
from advisory.showroom.demo.shapes import HEAD, SPOUSE

Row = dict[str, Any]


def housed(family: Family) -> Family:
    """The family with every account fed by the firm's own files, so that no masked number has to be bound."""
    return replace(family, accounts=tuple(replace(one, feed="house") for one in family.accounts))


def rows_of(families: Iterable[Family], *, year: int, as_of: date) -> dict[str, list[Row]]:
    """Every sheet of a workbook that brings these families, signed and ready for a reviewer."""
    sheets: dict[str, list[Row]] = {"policy_templates": _templates()}
    for family in families:
        for sheet, rows in _family(family, year=year, as_of=as_of).items():
            sheets.setdefault(sheet, []).extend(rows)
    return sheets


def _family(family: Family, *, year: int, as_of: date) -> dict[str, list[Row]]:
    code = {"household": family.code}
    head, spouse = family.people[HEAD], family.people.get(SPOUSE)
    signed = as_of - timedelta(days=150 + family.place % 60)
    model = models.BY_CODE[family.model]
    return {
        "households": [
            {**code, "name": family.name, "opened_on": family.opened_on, "profile_confirmed_on": family.confirmed_on}
        ],
        "people": [
            {**code, "given_name": one.given, "family_name": one.family, "part": one.part, "born_on": one.born_on,
             "tax_number": one.tax_number, "spouse": spouse.name if spouse and one is head else None}
            for one in family.people.values()
        ],
        "tax_units": [
            {**code, "tax_unit": unit.code, "name": unit.name, "filing_status": unit.filing_status,
             "state": family.state, "members": "; ".join(family.people[place].name for place in unit.members) or None}
            for unit in family.units
        ],
        "tax_profiles": [
            {**code, "tax_unit": unit.code, "tax_year": year, "confirmed_on": family.confirmed_on, "wages": str(unit.wages),
             "state_rate": str(family.state_rate), "taxable_interest": "900", "qualified_dividends": "4200"}
            for unit in family.units
        ],
        "books": [
            {**code, "colleague": f"{family.advisor}@{people.DOMAIN}", "part": "advisor", "starts_on": family.opened_on},
            {**code, "colleague": f"{family.reviewer}@{people.DOMAIN}", "part": "reviewer", "starts_on": family.opened_on},
        ],
        "accounts": [
            {**code, "account": one.number, "label": one.label, "owner": family.people[one.owner].name,
             "joint_owner": family.people[one.second].name if one.second is not None else None,
             "registration": one.registration, "custodian": one.custodian, "discretion": one.discretion,
             "agreement_on": one.opened_on, "margin": "no", "opened_on": one.opened_on}
            for one in family.accounts
        ],
        "policies": [
            {**code, "template": family.model, "model": family.model, "objectives": model.description, "risk": model.risk,
             "horizon_years": model.horizon_years, "minimum_trade": 250, "reviewed_on": signed,
             "next_review_on": signed + timedelta(days=365), "signed_by_client_on": signed, "signed_by_advisor_on": signed}
        ],
    }  # fmt: skip


def _templates() -> list[Row]:
    return [
        {
            "template": model.code, "asset_class": target.asset_class, "target": str(target.target), "band": target.band,
            "points": _text(target.points), "share": _text(target.share), "low": _text(target.lower), "high": _text(target.upper),
        }
        for model in models.MODELS
        for target in model.targets()
    ]  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
