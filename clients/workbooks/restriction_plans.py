"""Clients' restrictions outside their policies in a workbook: what is on record, what a row would do, and doing it.

A workbook records restrictions and makes them stricter. What would make one looser is refused: that takes two people,
on the restriction's own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from clients.models import Account, AssetClass, ClientRestriction, Household, Security, TaxLot
from clients.policies import client_restrictions, restriction_terms
from clients.policies.restriction_terms import Terms
from clients.workbooks.columns import written
from clients.workbooks.plans import HouseholdPlan, Step, account_named, cure, differences
from clients.workbooks.reading import Line
from clients.workbooks.standing_layout import CLIENT_RESTRICTIONS
from compliance.clock import EASTERN
from compliance.people.actors import Actor
from compliance.refusals import BadInput

if TYPE_CHECKING:
    from clients.workbooks.firm_facts import FirmFacts
    from clients.workbooks.records import Values

NAMED = ("symbol", "lot", "issuers", "sector", "asset_class")
KINDS = ClientRestriction.Kind


def plan(made: HouseholdPlan, firm: FirmFacts) -> None:
    """Compare a household's rows with the restrictions on record."""
    for line in made.of(CLIENT_RESTRICTIONS):
        before = len(made.faults)
        account = account_named(made, line, "account", firm) if line.text("account") else ""
        _refuse(made, line, firm)
        if len(made.faults) > before or account is None:
            continue
        key = (*line.key[:6], account, *line.key[7:])
        known = made.on_record(CLIENT_RESTRICTIONS).get(key)
        if known is None:
            what = next(line.text(name) for name in NAMED if line.text(name))
            sentence = f"Record the client's restriction: {line.text('restriction').replace('_', ' ')} {what}"
            made.steps.append(Step(CLIENT_RESTRICTIONS, line.number, sentence, dict(line.values)))
        elif found := differences(line, known, ignored=("account", "issuers")):
            _changed(made, line, known, found)


def _changed(made: HouseholdPlan, line: Line, known: Values, found: Any) -> None:
    if looser := _looser(line, known):
        made.refuse(
            line,
            looser,
            "This would make a client's restriction looser.",
            "Make it looser on its own page, where a second person decides.",
        )
        return
    merged = {**known, **{name: value for name, value in line.values.items() if value is not None}}
    merged["account"] = known["account"]
    sentence = f"Change the client's restriction: {line.text('restriction').replace('_', ' ')}"
    made.steps.append(
        Step(CLIENT_RESTRICTIONS, line.number, sentence, merged, before=dict(known), differences=found)
    )


def _looser(line: Line, known: Values) -> str:
    """The column that would make a restriction looser, if any. An empty cell says nothing."""
    ends, was = line.values.get("ends_on"), known.get("ends_on")
    if isinstance(ends, date) and (was is None or (isinstance(was, date) and ends < was)):
        return "ends_on"
    cap, had = line.values.get("weight_cap"), known.get("weight_cap")
    if isinstance(cap, Decimal) and isinstance(had, Decimal) and cap > had:
        return "weight_cap"
    return ""


def _refuse(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    """Record what is wrong with a row by itself."""
    named = [name for name in NAMED if line.text(name)]
    if len(named) != 1:
        made.refuse(
            line,
            (named or list(NAMED))[-1],
            "A restriction is about one thing.",
            f"Fill in exactly one of {', '.join(NAMED)}.",
        )
    for column, known in (
        ("symbol", firm.symbols),
        ("sector", firm.sectors),
        ("asset_class", firm.classes),
    ):
        given = line.text(column)
        if given and given not in known:
            made.refuse(
                line,
                column,
                "There is no such thing on record, so this would have no effect.",
                cure(given, known, "Describe it first, or correct it."),
            )
    names: Iterable[str] = line.values.get("issuers") or ()  # type: ignore[assignment]
    for name in names:
        if name not in firm.issuers:
            made.refuse(
                line,
                "issuers",
                f"There is no issuer {name} on record, so this would have no effect.",
                cure(name, firm.issuers, "Describe its security first, or correct it."),
            )
    kind = line.text("restriction")
    if kind == KINDS.KEEP and not line.text("ends_on"):
        made.refuse(line, "ends_on", "What is kept until a day needs that day.", "Write the last day.")
    if (kind == KINDS.CAP) != bool(line.text("weight_cap")):
        made.refuse(line, "weight_cap", "A cap has a percentage, and nothing else has.", "Check the kind.")
    if kind == KINDS.CAP and (line.text("account") or line.text("asset_class")):
        made.refuse(
            line,
            "restriction",
            "A cap is the household's, on a security, issuers or a sector.",
            "Take it out.",
        )
    if line.text("lot") and kind not in restriction_terms.KEEPS:
        made.refuse(line, "lot", "A lot can only be kept.", "Write do_not_sell or keep.")
    asked_on = line.values.get("asked_on")
    if isinstance(asked_on, date) and asked_on > made.on:
        made.refuse(line, "asked_on", "The day is in the future.", "Check the year.")
    starts, ends = line.values.get("starts_on"), line.values.get("ends_on")
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        made.refuse(line, "ends_on", "It would end before it starts.", "Check both days.")


def make(
    household: Household, accounts: Mapping[str, Account], step: Step, *, by: Actor, at: datetime
) -> None:
    """Record or change one restriction. Raises Refusal."""
    terms = _terms(household, accounts, step.values)
    facts: dict[str, Any] = {
        "on": at.astimezone(EASTERN).date(),
        "user_id": int(by.person_ref) if by.is_person else None,
        "by": by,
        "at": at,
    }
    if step.before is None:
        client_restrictions.record(household, terms, **facts)
        return
    before = _terms(household, accounts, step.before)
    for row in household.client_restrictions.filter(cancelled_at=None, expired_at=None):
        if Terms.of(row) == before:
            client_restrictions.change(row, replace(terms), may_loosen=False, **facts)
            return
    raise BadInput(f"{step.sentence}: it is no longer on record as it was.", "Compare the workbook again.")


def _terms(household: Household, accounts: Mapping[str, Account], values: Values) -> Terms:
    account: Account | None = None
    if given := written(values.get("account")):
        account = accounts.get(given) or next((one for one in accounts.values() if one.number == given), None)
    lot = None
    if name := written(values.get("lot")):
        lot = TaxLot.objects.filter(account__household=household, public_id=name).first()
        if lot is None:
            raise BadInput(
                f"The household has no lot {name}.", "Take the id from an export or the lot's page."
            )
    symbol, code = written(values.get("symbol")), written(values.get("asset_class"))
    facts: Any = values
    return Terms(
        kind=written(values["restriction"]),
        reason=written(values["reason"]),
        asked_by=written(values["asked_by"]),
        asked_on=facts["asked_on"],
        starts_on=facts["starts_on"],
        ends_on=facts.get("ends_on"),
        document=written(values.get("document")),
        account=lot.account if lot else account,
        lot=lot,
        security=Security.objects.get(symbol=symbol) if symbol else None,
        issuers=tuple(sorted(facts.get("issuers") or ())),
        sector=written(values.get("sector")),
        asset_class=AssetClass.objects.get(code=code) if code else None,
        weight_cap=facts.get("weight_cap"),
    )
