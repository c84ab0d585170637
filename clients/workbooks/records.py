"""What is on record in the workbook's layout: for the export, and to compare a workbook with.

Read in a fixed number of queries, however many households are asked for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from clients.custodians.kinds import Discretion
from clients.models import (
    Account,
    BookEntry,
    CashFlow,
    CashFlowRule,
    Hold,
    Household,
    LifeEvent,
    Person,
    Policy,
    TaxUnit,
)
from clients.workbooks import distribution_rows, restriction_rows, tax_fact_rows
from clients.workbooks.columns import Value
from clients.workbooks.layout import (
    ACCOUNTS,
    BOOKS,
    CASH_FLOWS,
    HOUSEHOLDS,
    LIFE_EVENTS,
    PEOPLE,
    POLICIES,
    TAX_PROFILES,
    TAX_UNITS,
)
from clients.workbooks.policy_layout import POLICY_TARGETS, RESTRICTIONS
from clients.workbooks.standing_layout import CLIENT_RESTRICTIONS, HOLDS, RECURRING_CASH
from compliance.clock import EASTERN

Values = dict[str, Value | None]
Key = tuple[str, ...]

_PROFILE_FIGURES = tuple(
    column.name
    for column in TAX_PROFILES.columns
    if column.name not in {"household", "tax_unit", "tax_year", "confirmed_on"}
)

_POLICY_TERMS = tuple(
    column.name
    for column in POLICIES.columns
    if column.name not in {"household", "template", "words_template", "model"}
)
POLICY_TERMS = _POLICY_TERMS
PROFILE_FIGURES = _PROFILE_FIGURES


@dataclass(slots=True)
class OnRecord:
    """A household as it is: its rows by sheet and key, and the rows of the database they come from."""

    household: Household
    rows: dict[str, dict[Key, Values]] = field(default_factory=lambda: defaultdict(dict))
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, TaxUnit] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    policy: Policy | None = None
    rules: dict[Key, list[CashFlowRule]] = field(default_factory=lambda: defaultdict(list))
    """Rules of recurring cash that go on; several that look the same are changed on their page."""
    ended_rules: dict[Key, date] = field(default_factory=dict)
    """Rules that have ended, with the day: what began before it is not begun again."""
    holds: dict[Key, Hold] = field(default_factory=dict)
    settled: set[tuple[str, Key]] = field(default_factory=set)
    """What is done, cancelled or resolved: known, so that it is not made again, and not exported."""


def of(households: QuerySet[Household]) -> dict[str, OnRecord]:
    """These households by code."""
    found = households.select_related("merged_into").prefetch_related(
        Prefetch("people", Person.objects.select_related("spouse").order_by("pk")),
        Prefetch("tax_units", TaxUnit.objects.prefetch_related("members", "profiles").order_by("pk")),
        Prefetch(
            "book_entries", BookEntry.objects.filter(ends_on=None).select_related("user").order_by("pk")
        ),
        Prefetch(
            "accounts", Account.objects.select_related("owner", "joint_owner", "tax_unit").order_by("pk")
        ),
        Prefetch("accounts__cash_flows", CashFlow.objects.order_by("pk")),
        Prefetch("accounts__cash_flow_rules", CashFlowRule.objects.order_by("pk")),
        Prefetch("holds", Hold.objects.select_related("account", "security").order_by("pk")),
        *restriction_rows.FETCHED,
        *distribution_rows.FETCHED,
        *tax_fact_rows.FETCHED,
        Prefetch("life_events", LifeEvent.objects.select_related("person").order_by("pk")),
        Prefetch(
            "policies",
            Policy.objects.exclude(state__in=(Policy.State.SUPERSEDED, Policy.State.DISCARDED))
            .select_related("model__model")
            .prefetch_related("targets__asset_class", "restrictions__security", "restrictions__account")
            .order_by("-version"),
        ),
    )
    return {household.code: _of(household) for household in found}


def _of(household: Household) -> OnRecord:
    record = OnRecord(household)
    code = household.code
    _put(
        record,
        HOUSEHOLDS.name,
        (code,),
        household=code,
        name=household.name,
        opened_on=household.opened_on,
        profile_confirmed_on=household.profile_confirmed_on,
    )
    for person in household.people.all():
        record.people[str(person)] = person
        _put(
            record,
            PEOPLE.name,
            (code, person.given_name, person.family_name),
            household=code,
            given_name=person.given_name or None,
            family_name=person.family_name,
            kind=person.kind,
            part=person.part,
            spouse=str(person.spouse) if person.spouse else None,
            parties=person.parties or None,
            born_on=date.fromisoformat(person.born_on_text) if person.born_on_text else None,
            tax_number=person.tax_number or None,
        )
    for unit in household.tax_units.all():
        record.units[unit.code] = unit
        _put_unit(record, unit)
    for entry in household.book_entries.all():
        _put(
            record,
            BOOKS.name,
            (code, entry.user.email.casefold(), entry.part),
            household=code,
            colleague=entry.user.email.casefold(),
            part=entry.part,
            starts_on=entry.starts_on,
        )
    for account in household.accounts.all():
        record.accounts[account.public_id] = account
        _put(record, ACCOUNTS.name, (code, account.public_id), **_account(code, account))
        for flow in account.cash_flows.all():
            _put_flow(record, account, flow)
        for rule in account.cash_flow_rules.all():
            _put_rule(record, account, rule)
    for key in [key for key, found in record.rules.items() if len(found) > 1]:
        del record.rows[RECURRING_CASH.name][key]
    for hold in household.holds.all():
        _put_hold(record, hold)
    for event in household.life_events.all():
        _put_event(record, event)
    for key, values, is_open in restriction_rows.rows(household):
        _settle(record, CLIENT_RESTRICTIONS.name, key, is_open=is_open)
        if is_open or key not in record.rows[CLIENT_RESTRICTIONS.name]:
            _put(record, CLIENT_RESTRICTIONS.name, key, **values)
    for sheet, key, values in (*distribution_rows.rows(household), *tax_fact_rows.rows(household)):
        _put(record, sheet.name, key, **values)
    policy = next(iter(household.policies.all()), None)
    if policy is not None:
        record.policy = policy
        _put_policy(record, policy)
    return record


def _put(record: OnRecord, sheet: str, key: Key, **values: Any) -> None:
    record.rows[sheet][key] = values


def _settle(record: OnRecord, sheet: str, key: Key, *, is_open: bool) -> None:
    """Of several facts that look the same, one that is open keeps them all from being settled."""
    if is_open:
        record.settled.discard((sheet, key))
    elif key not in record.rows[sheet]:
        record.settled.add((sheet, key))


def _put_unit(record: OnRecord, unit: TaxUnit) -> None:
    code = record.household.code
    _put(
        record,
        TAX_UNITS.name,
        (code, unit.code),
        household=code,
        tax_unit=unit.code,
        name=unit.name,
        filing_status=unit.filing_status,
        state=unit.state or None,
        members=tuple(sorted(str(one) for one in unit.members.all())) or None,
    )
    for profile in unit.profiles.all():
        _put(
            record,
            TAX_PROFILES.name,
            (code, unit.code, str(profile.tax_year)),
            household=code,
            tax_unit=unit.code,
            tax_year=profile.tax_year,
            confirmed_on=profile.confirmed_on,
            **{name: _figure(getattr(profile, name)) for name in _PROFILE_FIGURES},
        )


def _figure(value: Any) -> Any:
    return None if value == "" else value


def _account(code: str, account: Account) -> Values:
    discretionary = account.discretion == Account.Discretion.DISCRETIONARY
    return {
        "household": code,
        "account": account.public_id,
        "label": account.name,
        "owner": str(account.owner),
        "joint_owner": str(account.joint_owner) if account.joint_owner else None,
        "registration": account.registration,
        "tax_unit": account.tax_unit.code if account.tax_unit else None,
        "custodian": account.custodian,
        "discretion": str(Discretion.FULL if discretionary else Discretion.NONE),
        "agreement_on": account.agreement_effective_on,
        "agreement_ends_on": account.agreement_terminated_on,
        "margin": account.margin != Account.Margin.NONE,
        "lot_method": None if account.lot_method == Account.LotMethod.UNKNOWN else account.lot_method,
        "lot_method_since_on": account.lot_method_since_on,
        "minimum_cash": account.minimum_cash,
        "opened_on": account.opened_on,
        "employer_plan": restriction_rows.plan_of(account),
    }


def _put_flow(record: OnRecord, account: Account, flow: CashFlow) -> None:
    code = record.household.code
    key = (code, account.public_id, flow.kind, f"{flow.amount:f}", flow.due_on.isoformat())
    # What a recurring rule has made comes with its rule, and is no cash flow of its own.
    _settle(record, CASH_FLOWS.name, key, is_open=flow.is_open and flow.rule_id is None)
    _put(
        record,
        CASH_FLOWS.name,
        key,
        household=code,
        account=account.public_id,
        flow=flow.kind,
        amount=flow.amount,
        due_on=flow.due_on,
        note=flow.note or None,
    )


def _put_rule(record: OnRecord, account: Account, rule: CashFlowRule) -> None:
    code = record.household.code
    key = (code, account.public_id, rule.kind, rule.every, str(rule.day))
    if rule.ended_at is not None:
        ended_on = rule.ended_at.astimezone(EASTERN).date()
        record.ended_rules[key] = max(ended_on, record.ended_rules.get(key, ended_on))
        return
    record.rules[key].append(rule)
    _put(
        record,
        RECURRING_CASH.name,
        key,
        household=code,
        account=account.public_id,
        flow=rule.kind,
        amount=rule.amount,
        every=rule.every,
        day=rule.day,
        starts_on=rule.starts_on,
        until_on=rule.until_on,
        count=rule.count,
        moved=rule.moved,
        note=rule.note or None,
    )


def _put_hold(record: OnRecord, hold: Hold) -> None:
    code = record.household.code
    account = hold.account.public_id if hold.account else None
    symbol = hold.security.symbol if hold.security else None
    key = (code, account or "", symbol or "", hold.kind, hold.starts_on.isoformat())
    is_open = hold.lifted_at is None and hold.expired_at is None
    _settle(record, HOLDS.name, key, is_open=is_open)
    if is_open or key not in record.holds:
        record.holds[key] = hold
        _put(
            record,
            HOLDS.name,
            key,
            household=code,
            account=account,
            symbol=symbol,
            hold=hold.kind,
            reason=hold.reason,
            starts_on=hold.starts_on,
            expires_on=hold.expires_on,
        )


def _put_event(record: OnRecord, event: LifeEvent) -> None:
    code = record.household.code
    person = str(event.person) if event.person else None
    key = (code, event.kind, event.opened_on.isoformat(), person or "")
    _settle(record, LIFE_EVENTS.name, key, is_open=event.is_open)
    _put(
        record,
        LIFE_EVENTS.name,
        key,
        household=code,
        event=event.kind,
        opened_on=event.opened_on,
        person=person,
        note=event.note or None,
    )


def _put_policy(record: OnRecord, policy: Policy) -> None:
    code = record.household.code
    terms = {name: getattr(policy, name) for name in _POLICY_TERMS}
    _put(
        record,
        POLICIES.name,
        (code,),
        household=code,
        template=None,
        words_template=None,
        model=policy.model.model.code,
        **{name: None if value == "" else value for name, value in terms.items()},
    )
    for target in policy.targets.all():
        own, is_cash = target.band_kind == "asymmetric", target.band_kind == "cash"
        _put(
            record,
            POLICY_TARGETS.name,
            (code, target.asset_class.code),
            household=code,
            asset_class=target.asset_class.code,
            target=target.weight_target,
            band=target.band_kind,
            points=target.band_points,
            share=target.band_share,
            multiple=target.band_multiple,
            risk=target.band_risk,
            low=target.weight_lower if own or is_cash else None,
            high=target.weight_upper if own else None,
            hard_low=target.hard_lower,
            hard_high=target.hard_upper,
            benchmark=target.benchmark or None,
        )
    for wish in policy.restrictions.all():
        symbol = wish.security.symbol if wish.security else None
        account = wish.account.public_id if wish.account else None
        _put(
            record,
            RESTRICTIONS.name,
            (code, wish.kind, symbol or "", wish.issuer, wish.sector, account or ""),
            household=code,
            restriction=wish.kind,
            symbol=symbol,
            issuer=wish.issuer or None,
            sector=wish.sector or None,
            account=account,
            weight_cap=wish.weight_cap,
            until_on=wish.until_on,
            reason=wish.reason,
        )
