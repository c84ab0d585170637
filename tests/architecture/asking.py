"""Every address of the product with every kind of person at it: what is asked, and what came back.

`routes.csv` beside this file holds the answers that were reviewed; `./evenkeel draw routes` renews them.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from compliance.people.actors import Actor
from compliance.review_desk import findings
from rebalancing.models import ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import scans
from tests import cast
from tests.architecture import asking_taxes
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.the_firm import TheFirm, undone

TABLE = Path(__file__).with_name("routes.csv")

PEOPLE = (
    "anonymous",
    "advisor",
    "other_advisor",
    "reviewer",
    "trader",
    "compliance",
    "administrator",
    "client",
    "other_client",
    "deactivated",
)
LIBRARY = ("account/",)
"""Sign-in pages of a library: they show nobody's data, and the library tests what they do."""

Firm = TheFirm
Make = Callable[[Firm], Any]


@dataclass(frozen=True, order=True)
class Row:
    """One line of the table: who gets which answer at one address for one object."""

    route: str
    method: str
    thing: str

    @property
    def text(self) -> str:
        return f"{self.method} /{self.route} ({self.thing})"


@dataclass(frozen=True)
class Route:
    """One address: its pattern, its name, and the methods it answers to where that can be told."""

    pattern: str
    name: str
    methods: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/v1/")

    @property
    def has_object(self) -> bool:
        return "<" in self.pattern


def walk(resolver: URLResolver | None = None, before: str = "", namespace: str = "") -> Iterator[Route]:
    """Every route of the resolver but the library's."""
    for one in (resolver or get_resolver()).url_patterns:
        pattern = before + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from walk(one, pattern, inner)
        elif isinstance(one, URLPattern) and not pattern.startswith(LIBRARY):
            yield Route(pattern, f"{namespace}{one.name}", _methods(one.callback))


def _methods(view: Any) -> tuple[str, ...]:
    """The methods of an API address; a page says 405 itself, so both are tried."""
    actions = getattr(view, "actions", None)
    # The framework adds HEAD to an address once it was asked with GET.
    return tuple(method.upper() for method in actions if method != "head") if actions else ("GET", "POST")


# ── What stands at an address ────────────────────────────────────────────────────────────────────


def _account(firm: Firm) -> Any:
    return firm.harts.accounts.order_by("pk")[0]


def _review(firm: Firm) -> Any:
    return proposals.current(firm.proposal).review


def _event(firm: Firm) -> int:
    from compliance.models import AuditEvent

    return AuditEvent.objects.filter(about_kind="proposal", about_id=firm.proposal.public_id)[0].seq


def _alarm(firm: Firm) -> Any:
    """An alarm about the Harts, found by the monitors' own function."""
    from rebalancing.models import Alarm
    from rebalancing.monitors import alarms
    from rebalancing.monitors.firm import Firm as Watched
    from rebalancing.monitors.watching import Found

    found = Found("idle_cash", firm.harts.pk, "", "Cash lies idle.", {"days_idle": "12", "most": "10"})
    if not Alarm.objects.filter(household=firm.harts).exists():
        alarms.settle((found,), Watched(SUNDAY_NOON), by=Actor.system("monitors"), at=SUNDAY_NOON)
    return Alarm.objects.get(household=firm.harts)


def _order_file(firm: Firm) -> str:
    return firm.batch.files.order_by("name")[0].name


def _workbook(firm: Firm) -> Any:
    """A workbook with a longer horizon for the Harts, uploaded by Tom and not confirmed."""
    from clients.models import Workbook
    from tests.factories import workbooks

    signed = {"signed_by_client_on": "2026-11-20", "signed_by_advisor_on": "2026-11-20"}
    policy = firm.harts.policies.latest("version")
    row = {
        "household": firm.harts.code,
        "model": policy.model.model.code,
        "objectives": "Growth.",
        "risk": "Moderate",
    }
    rows = {"policies": [{**row, "horizon_years": 16, **signed}]}
    return Workbook.objects.order_by("-pk").first() or workbooks.received(workbooks.xlsx(rows))


def _load_workbook(firm: Firm) -> None:
    from clients.workbooks import workbooks

    workbook, by = _workbook(firm), Actor.person(firm.tom)
    workbooks.confirm(workbook, seen=workbook.digest, user_id=firm.tom.pk, by=by, at=SUNDAY_NOON)
    workbooks.advance(workbook, by=by, at=SUNDAY_NOON)


def _policies_digest(firm: Firm) -> str:
    from clients.models import Policy
    from clients.workbooks import bulk_adoption

    drafts = Policy.objects.filter(workbook_rows__workbook=_workbook(firm))
    return bulk_adoption.digest_of(bulk_adoption.waiting(drafts))


def _finding(firm: Firm) -> Any:
    from compliance.models import SeverityLevel

    examination = findings.latest(_review(firm))
    assert examination is not None
    rows = examination.findings.order_by("position")
    return rows.filter(severity=SeverityLevel.OVERRIDE).first() or rows[0]


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    # The longest fitting beginning of the address and its parameter say what stands there.
    ("households/", "public_id", lambda firm: firm.harts.public_id),
    ("households/", "on", lambda firm: LAST_FRIDAY.isoformat()),
    ("households/", "hold", lambda firm: _hold(firm).public_id),
    ("cash-needs/", "public_id", lambda firm: _cash_need(firm).public_id),
    ("recurring-cash-needs/", "public_id", lambda firm: _recurring_cash(firm).public_id),
    ("holds/", "public_id", lambda firm: _a_hold(firm).public_id),
    ("hold-overrides/", "public_id", lambda firm: _hold_override(firm).public_id),
    ("client-restrictions/", "public_id", lambda firm: _client_restriction(firm).public_id),
    ("employer-plans/", "public_id", lambda firm: _employer_plan(firm).public_id),
    ("plan-funds/", "public_id", lambda firm: _plan_fund(firm).public_id),
    ("fund-distributions/", "public_id", lambda firm: _register_row("fund_distribution")(firm)),
    ("distribution-terms/", "public_id", lambda firm: _distribution_terms(firm).public_id),
    ("distribution-figures/", "public_id", lambda firm: _distribution_figure(firm).public_id),
    ("fund-policies/", "public_id", lambda firm: _register_row("fund_policy")(firm)),
    ("quotes/", "public_id", lambda firm: _register_row("quote")(firm)),
    ("halts/", "public_id", lambda firm: _register_row("halt")(firm)),
    ("volatility-levels/", "public_id", lambda firm: _register_row("volatility_level")(firm)),
    ("insiders/", "public_id", lambda firm: _register_row("insider")(firm)),
    ("insider-windows/", "public_id", lambda firm: _register_row("insider_window")(firm)),
    ("product-approvals/", "public_id", lambda firm: _register_row("product_approval")(firm)),
    ("arranged-trades/", "public_id", lambda firm: _register_row("arranged_trade")(firm)),
    ("life-events/", "public_id", lambda firm: _life_event(firm).public_id),
    ("accounts/", "binding", lambda firm: _binding(firm).pk),
    ("people/", "public_id", lambda firm: firm.harts.people.order_by("pk")[0].public_id),
    ("tax-units/", "public_id", lambda firm: firm.harts.tax_units.order_by("pk")[0].public_id),
    ("tax-units/", "year", lambda firm: 2027),
    (
        "tax-profiles/",
        "public_id",
        lambda firm: firm.harts.tax_units.order_by("pk")[0].profiles.get().public_id,
    ),
    ("accounts/", "public_id", lambda firm: _account(firm).public_id),
    ("lots/", "public_id", lambda firm: _account(firm).lots.order_by("pk")[0].public_id),
    ("policies/", "public_id", lambda firm: firm.harts.policies.get().public_id),
    ("policies/templates/", "public_id", lambda firm: _policy_template(firm).public_id),
    ("portfolio/policies/", "public_id", lambda firm: firm.harts.policies.get().public_id),
    ("models/", "public_id", lambda firm: firm.model.public_id),
    ("models/", "version", lambda firm: 1),
    ("models/impacts/", "public_id", lambda firm: _impact(firm).public_id),
    ("models/classes/", "code", lambda firm: "us_stock"),
    ("custodian-files/", "public_id", lambda firm: firm.file.public_id),
    ("imports/", "public_id", lambda firm: firm.file.public_id),
    ("imports/", "price", lambda firm: _disputed_price()),
    ("disputed-prices/", "price", lambda firm: _disputed_price()),
    ("monitors/alarms/", "public_id", lambda firm: _alarm(firm).public_id),
    ("firm-list/", "public_id", lambda firm: _restriction(firm).public_id),
    ("securities/", "security", lambda firm: _security().pk),
    ("prices/", "price", lambda firm: _manual_price()),
    ("asset-classes/", "key", lambda firm: _asset_class()),
    ("wash-groups/", "key", lambda firm: _wash_group()),
    ("workbooks/", "public_id", lambda firm: _workbook(firm).public_id),
    ("reviews/", "public_id", lambda firm: _review(firm).public_id),
    ("audit/", "seq", _event),
    ("scans/", "public_id", lambda firm: firm.run.public_id),
    ("readings/", "public_id", lambda firm: firm.harts.readings.get(run=firm.run).public_id),
    ("proposals/", "public_id", lambda firm: firm.proposal.public_id),
    ("proposals/", "number", lambda firm: 1),
    ("proposals/", "name", lambda firm: "plan"),
    ("proposals/", "thread", lambda firm: _review(firm).comments.order_by("pk")[0].pk),
    ("proposals/", "change_request", lambda firm: _change_request(firm)),
    ("proposals/", "finding", lambda firm: _finding(firm).pk),
    ("approvals/", "public_id", lambda firm: firm.batch.approval.public_id),
    ("batches/", "public_id", lambda firm: firm.batch.public_id),
    ("batches/", "name", _order_file),
    ("summaries/", "public_id", lambda firm: firm.summary.public_id),
    ("portfolio/summaries/", "public_id", lambda firm: firm.summary.public_id),
    ("portfolio/consents/", "public_id", lambda firm: firm.proposal.public_id),
    ("consent-requests/", "public_id", lambda firm: firm.proposal.public_id),
    ("compliance/change-requests/", "change_request", lambda firm: _change_request(firm)),
    ("views/", "public_id", lambda firm: _saved_view(firm).public_id),
    ("settings/versions/", "number", lambda firm: 1),
    ("people/", "person", lambda firm: cast.max_().pk),
    ("persons/", "public_id", lambda firm: firm.harts.people.order_by("pk")[0].public_id),
    ("books/", "public_id", lambda firm: firm.harts.public_id),
    ("books/", "entry", lambda firm: firm.harts.book_entries.get(user=firm.rui).pk),
    ("books/", "person", lambda firm: firm.rui.pk),
    ("coverage/", "public_id", lambda firm: _coverage(firm).public_id),
    ("compliance/restrictions/", "public_id", lambda firm: _restriction(firm).public_id),
    *asking_taxes.OBJECTS,
)
OF_THE_MILLERS = ("approvals/", "batches/", "summaries/", "portfolio/summaries/")
"""Things of the released proposal: at them Carl is the client, elsewhere it is Hal."""

ABSENT = {"slug": "xx_000000000000", "str": "xx_000000000000", "int": 987_654_321}


def _coverage(firm: Firm) -> Any:
    from clients.models import Coverage

    return Coverage.objects.get()


def _cover(firm: Firm) -> None:
    from clients.households import books

    books.cover(
        firm.ana,
        covered_by=firm.otto,
        part="advisor",
        starts_on=MONDAY,
        ends_on=MONDAY,
        reason="Away.",
        on=LAST_FRIDAY,
        by=Actor.person(firm.ada),
        at=SUNDAY_NOON,
    )


def _schedule_a_model(firm: Firm) -> None:
    from tests.factories.model_versions import scheduled

    scheduled(firm.model)


def _policy_template(firm: Firm) -> Any:
    from clients.models import PolicyTemplate
    from clients.policies import templates

    example = templates.SHIPPED["example-balanced"]
    return PolicyTemplate.objects.first() or templates.make(
        code="balanced", name="Balanced", content=example.content, by=Actor.person(firm.rui), at=SUNDAY_NOON
    )


def _hold(firm: Firm) -> Any:
    standing = firm.harts.holds.first()
    assert standing is not None, "see BEFORE"
    return standing


def _place_hold(firm: Firm) -> None:
    from datetime import date

    from clients.households import holds

    holds.place(
        firm.harts,
        account=None,
        security=None,
        kind="advisor",
        reason="Asked to wait.",
        starts_on=date(2026, 11, 22),
        expires_on=date(2026, 12, 22),
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _a_hold(firm: Firm) -> Any:
    _place_hold(firm)
    return _hold(firm)


def _binding(firm: Firm) -> Any:
    from clients.households import bindings

    return bindings.bind(
        custodian="house",
        mask="...001",
        label="",
        account=_account(firm),
        user_id=firm.tom.pk,
        by=Actor.person(firm.tom),
        at=SUNDAY_NOON,
    )


def _correct_a_lot(firm: Firm) -> None:
    from decimal import Decimal

    from clients.holdings import lot_corrections
    from tests import cast

    lot = _account(firm).lots.order_by("pk")[0]
    decided = lot_corrections.Decided(lot.acquired_on, Decimal(1), "covered", "A statement.")
    lot_corrections.correct(
        lot, decided, asked_by_id=firm.ana.pk, by=Actor.person(cast.nina()), at=SUNDAY_NOON
    )


def _lock_a_lot(firm: Firm) -> None:
    from clients.holdings import lot_corrections

    lot = _account(firm).lots.order_by("pk")[0]
    lot_corrections.lock(
        lot, kind="gift", reason="Pledged.", until_on=None, by=Actor.person(firm.ana), at=SUNDAY_NOON
    )


def _close_the_account(firm: Firm) -> None:
    from datetime import date

    from clients.households import account_records

    account_records.close(
        _account(firm),
        closed_on=date(2026, 11, 20),
        reason="Left.",
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _cash_need(firm: Firm) -> Any:
    from datetime import date
    from decimal import Decimal

    from clients.households import cash_flows

    return cash_flows.expect(
        _account(firm),
        kind="withdrawal",
        amount=Decimal(-900),
        due_on=date(2026, 12, 22),
        note="",
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _recurring_cash(firm: Firm) -> Any:
    from datetime import date
    from decimal import Decimal

    from clients.households import recurring_cash

    terms = recurring_cash.Terms(
        account=_account(firm),
        kind="withdrawal",
        amount=Decimal(-900),
        every="month",
        day=22,
        starts_on=date(2026, 12, 22),
        until_on=None,
        count=None,
        moved="before",
        note="",
    )
    return recurring_cash.begin(
        terms, user_id=firm.ana.pk, by=Actor.person(firm.ana), at=SUNDAY_NOON, on=date(2026, 11, 22)
    )


def _client_restriction(firm: Firm) -> Any:
    from datetime import date

    from clients.models import ClientRestriction, Security
    from clients.policies import client_restrictions, restriction_terms

    terms = restriction_terms.Terms(
        kind="do_not_sell",
        security=Security.objects.get(symbol="ZUS"),
        reason="From her mother.",
        asked_by="Hanna Hart",
        asked_on=date(2026, 11, 20),
        starts_on=date(2026, 11, 20),
    )
    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    return ClientRestriction.objects.first() or client_restrictions.record(
        firm.harts, terms, on=date(2026, 11, 22), **acts
    )


def _employer_plan(firm: Firm) -> Any:
    from clients.households import employer_plans
    from clients.models import EmployerPlan

    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    return EmployerPlan.objects.first() or employer_plans.add(
        code="acme", name="Acme 401(k)", source="Lineup of January", **acts
    )


def _plan_fund(firm: Firm) -> Any:
    from datetime import date

    from clients.households import employer_plans
    from clients.models import PlanFund, Security

    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    return PlanFund.objects.first() or employer_plans.add_fund(
        _employer_plan(firm),
        Security.objects.get(symbol="ZUS"),
        employer_plans.Terms(starts_on=date(2026, 1, 1)),
        **acts,
    )


def _register_row(name: str) -> Make:
    """The look-up of a row of a register."""
    from tests.factories import register_rows

    return lambda firm: register_rows.a_row(name, firm.harts, person=firm.ana).public_id


def _distribution_terms(firm: Firm) -> Any:
    from clients.models import DistributionTerms
    from tests.factories import distributions

    return DistributionTerms.objects.first() or distributions.terms(firm.harts, by=firm.ana)


def _distribution_figure(firm: Firm) -> Any:
    from clients.models import DistributionFigure
    from tests.factories import distributions

    return DistributionFigure.objects.first() or distributions.balance(firm.harts, by=firm.ana)


def _life_event(firm: Firm) -> Any:
    from datetime import date

    from clients.households import life_events

    return life_events.record(
        firm.harts,
        kind="retirement",
        opened_on=date(2026, 11, 2),
        person=None,
        note="",
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _held_by_the_market(firm: Firm) -> None:
    """The Harts' last reading says that the market is not orderly."""
    from rebalancing.models import Reading
    from rebalancing.waiting import disorderly_market

    at = SUNDAY_NOON + timedelta(minutes=1)
    run, is_new = ScanRun.objects.get_or_create(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        sequence=99,
        defaults={"state": ScanRun.State.CANCELLED, "started_at": at, "heartbeat_at": at, "finished_at": at},
    )
    if is_new:
        told = {"code": disorderly_market.CODE, "sentence": "The market is not orderly.", "effect": "holds"}
        Reading.objects.create(
            run=run, household=firm.harts, outcome="held", reason="Held.", holds=[told], read_at=at
        )


def _hold_override(firm: Firm) -> Any:
    from rebalancing.models import HoldOverride
    from rebalancing.waiting import disorderly_market, overrides

    _held_by_the_market(firm)
    return HoldOverride.objects.first() or overrides.make(
        firm.harts,
        code=disorderly_market.CODE,
        reason="The client asked for it.",
        expires_on=MONDAY,
        on=SUNDAY_NOON.date(),
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _file_account(firm: Firm) -> int:
    row = firm.file.accounts.first()
    return row.pk if row else 987_654_321


def _impact(firm: Firm) -> Any:
    from rebalancing.model_changes import impacts
    from rebalancing.models import ImpactRun

    known = ImpactRun.objects.first()
    version = firm.model.versions.get(version=1)
    return known or impacts.start(version, by=Actor.person(firm.ana), at=SUNDAY_NOON)


def _disputed_price() -> int:
    from clients.models import Price

    row = Price.objects.filter(standing=Price.Standing.DISPUTED).first()
    return row.pk if row else 987_654_321


def _security() -> Any:
    from clients.models import Security

    return Security.objects.get(symbol="ZUS")


def _manual_price() -> int:
    from decimal import Decimal

    from clients.securities import manual_prices
    from tests import cast

    entered = manual_prices.enter(
        _security(),
        priced_on=LAST_FRIDAY,
        price=Decimal(100),
        evidence="A screen.",
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )
    return entered.pk


def _asset_class() -> int:
    from clients.models import AssetClass

    return AssetClass.objects.get(code="us_stock").pk


def _wash_group() -> int:
    from clients.models import WashGroup

    return WashGroup.objects.order_by("code")[0].pk


def _dispute_a_price(firm: Firm) -> None:
    """A source whose price of the day nobody can believe."""
    from tests.factories.bundles import table
    from tests.factories.households import loaded

    loaded(table("prices", [f"ZUS,{LAST_FRIDAY},1000,schwab"]), name="prices.csv")


def _a_masked_file(firm: Firm) -> None:
    """A custodian's file whose masked number nobody has explained yet."""
    from tests.architecture.sources import PROJECT
    from tests.factories.households import received

    firm.harts.accounts.update(custodian="schwab")
    sample = PROJECT / "docs" / "formats" / "samples" / "schwab-positions.csv"
    object.__setattr__(firm, "file", received(sample.read_bytes(), name=sample.name, user=firm.tom))


def _masked(firm: Firm) -> dict[str, str]:
    row = firm.file.accounts.get()
    return {"mask": row.mask, "label": row.label, "account": _account(firm).public_id}


def _change_request(firm: Firm) -> int:
    return _review(firm).change_requests.get().pk


def _ask_for_changes(firm: Firm) -> None:
    proposals.request_changes(
        firm.proposal,
        seen=firm.fingerprint,
        text="Why now?",
        by=Actor.person(firm.rui),
        at=SUNDAY_NOON,
    )


def _saved_view(firm: Firm) -> Any:
    from compliance.lists import saved_views

    here = saved_views.views_for(firm.ana).first()
    return here or saved_views.save(
        address="/proposals/",
        query="state=open",
        name="Waiting",
        is_firm=True,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _restriction(firm: Firm) -> Any:
    from compliance.models import RestrictedIssuer

    return RestrictedIssuer.objects.get()


def _restrict(firm: Firm) -> None:
    from compliance import restrictions
    from compliance.models import ListKind
    from tests import cast

    restrictions.place(
        "Invented Corp",
        kind=ListKind.RESTRICTED,
        starts_on=LAST_FRIDAY,
        reason="Inside information.",
        on_record=("Invented Corp",),
        by=Actor.person(cast.nina()),
        at=SUNDAY_NOON,
    )


def _schedule_a_setting(firm: Firm) -> None:
    """The firm has decided about a day to come."""
    from datetime import date

    from compliance.firm.desk_figures import HOLD_DAYS_MAX
    from tests.factories.firm_settings import decided

    decided(HOLD_DAYS_MAX, 60, on=date(2027, 1, 1), at=SUNDAY_NOON)


def _approve(firm: Firm) -> None:
    proposals.approve(
        firm.proposal,
        seen=firm.fingerprint,
        text="Agreed.",
        acknowledge_warnings=True,
        by=Actor.person(firm.rui),
        at=SUNDAY_NOON,
    )


def _start_scan(firm: Firm) -> None:
    """A scan that still runs takes the place of the one that is over."""
    run = scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    object.__setattr__(firm, "run", run)


def _max_is(state: str) -> Callable[[Firm], None]:
    """Whatever was before: Max is active with a second factor, invited, or has left."""

    def before(firm: Firm) -> None:
        from allauth.mfa.models import Authenticator

        from advisory.models import User
        from advisory.people import invitations

        someone = User.objects.filter(pk=cast.max_().pk)
        someone.update(is_active=state == "active", deactivated_at=SUNDAY_NOON if state == "left" else None)
        Authenticator.objects.get_or_create(user=someone.get(), type="totp", defaults={"data": {}})
        if state == "invited":
            invitations.issue(someone.get(), by=Actor.person(firm.ada), at=SUNDAY_NOON)

    return before


def _hal_is(state: str) -> Callable[[Firm], None]:
    """Whatever was before: Hal signs in, is invited, or has no sign-in."""

    def before(firm: Firm) -> None:
        from advisory.models import User
        from advisory.people import invitations

        person = firm.harts.people.order_by("pk")[0]
        type(person).objects.filter(pk=person.pk).update(user=None if state == "without" else firm.hal)
        User.objects.filter(pk=firm.hal.pk).update(is_active=state == "active")
        if state == "invited":
            invitations.issue(firm.hal, by=Actor.person(firm.ana), at=SUNDAY_NOON)

    return before


STATES_BEFORE = {
    "person_roles": _max_is("active"),
    "person_email": _max_is("active"),
    "person_sessions": _max_is("active"),
    "person_factors": _max_is("active"),
    "person_deactivate": _max_is("active"),
    "person_renew": _max_is("invited"),
    "person_withdraw": _max_is("invited"),
    "person_reactivate": _max_is("left"),
    "client_invite": _hal_is("without"),
    "client_sight": _hal_is("active"),
    "client_end": _hal_is("active"),
    "client_renew": _hal_is("invited"),
}
BEFORE: dict[str, Callable[[Firm], None]] = {
    "rebalancing:hold_override_make": _held_by_the_market,
    "api:hold-override-make": _held_by_the_market,
    **{f"advisory:{name}": before for name, before in STATES_BEFORE.items()},
    **{f"api:{name.replace('_', '-')}": before for name, before in STATES_BEFORE.items()},
    "api:proposal-lift": _ask_for_changes,
    "api:review-dismiss": _ask_for_changes,
    "api:proposal-release": _approve,
    "api:scan-cancel": _start_scan,
    "api:file-bind": _a_masked_file,
    "clients:workbook_policies": _load_workbook,
    "rebalancing:lift": _ask_for_changes,
    "rebalancing:release": _approve,
    "rebalancing:scan_cancel": _start_scan,
    "compliance:dismiss": _ask_for_changes,
    "compliance:restriction_lift": _restrict,
    "clients:firm_list_lift": _restrict,
    "clients:firm_list_change": _restrict,
    "api:firm-list-lift": _restrict,
    "api:firm-list-change": _restrict,
    "compliance:setting_take_back": _schedule_a_setting,
    "api:setting-take-back": _schedule_a_setting,
    "clients:lot_withdraw": _correct_a_lot,
    "api:lot-withdraw": _correct_a_lot,
    "clients:lot_unlock": _lock_a_lot,
    "api:lot-unlock": _lock_a_lot,
    "clients:model_reschedule": _schedule_a_model,
    "api:model-reschedule": _schedule_a_model,
    "clients:model_call_off": _schedule_a_model,
    "api:model-call-off": _schedule_a_model,
    "clients:account_reopen": _close_the_account,
    "api:account-reopen": _close_the_account,
    "clients:hold_lift": _place_hold,
    "api:hold-lift": _place_hold,
    "clients:coverage_end": _cover,
    "api:coverage-end": _cover,
    "clients:import_bind": _a_masked_file,
    "clients:binding_list": _a_masked_file,
    "clients:price_decide": _dispute_a_price,
    "api:disputed-price-decide": _dispute_a_price,
    **asking_taxes.BEFORE,
}
"""What has to have happened for an address to make sense; it is undone after each request."""


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────


def _seen(firm: Firm, **more: Any) -> dict[str, Any]:
    return {"seen": firm.fingerprint, **more}


def _fingerprint(firm: Firm, **more: Any) -> dict[str, Any]:
    return {"fingerprint": firm.fingerprint, **more}


def _upload() -> BytesIO:
    file = BytesIO(b"symbol,on,price,source\nZUB,2026-11-17,47.00,generated\n")
    file.name = "prices.csv"
    return file


BODIES: dict[str, Make] = {
    "rebalancing:hold_override_make": lambda firm: {
        "code": "disorderly_market",
        "reason": "The client asked for it.",
        "expires_on": "2026-11-24",
    },
    "rebalancing:hold_override_change": lambda firm: {
        "reason": "The client asked for it in writing.",
        "expires_on": "2026-11-24",
    },
    "rebalancing:hold_override_end": lambda firm: {"reason": "The market is orderly."},
    "api:hold-override-end": lambda firm: {"reason": "The market is orderly."},
    "api:review-comment": lambda firm: {"text": "Noted."},
    "api:review-resolve": lambda firm: {"comment": 1},
    "api:review-dismiss": lambda firm: {"change_request": 1, "reason": "Answered by telephone."},
    "api:file-upload": lambda firm: {"file": _upload()},
    "api:file-bind": _masked,
    "api:workbook-upload": lambda firm: {"file": _upload()},
    "api:workbook-load": lambda firm: {"preview": _workbook(firm).digest},
    "clients:workbook_list": lambda firm: {"workbook": _upload()},
    "clients:workbook_load": lambda firm: {"seen": _workbook(firm).digest},
    "clients:workbook_policies": lambda firm: {"seen": _policies_digest(firm)},
    "api:disputed-price-decide": lambda firm: {"accept": False, "reason": "A slipped decimal."},
    "api:proposal-approve": lambda firm: _fingerprint(firm, acknowledge_warnings=True),
    "api:proposal-reject": lambda firm: _fingerprint(firm, text="Too large."),
    "api:proposal-request-changes": lambda firm: _fingerprint(firm, text="Why now?"),
    "api:proposal-lift": lambda firm: {"change_request": 1},
    "api:proposal-override": lambda firm: _fingerprint(
        firm, finding=_finding(firm).key, reason="facts_confirmed", text="Looked at."
    ),
    "api:proposal-split": lambda firm: _fingerprint(firm, finding=_finding(firm).key),
    "api:proposal-consent": lambda firm: _fingerprint(
        firm, given_by="Hanna Hart", channel="phone", evidence="Call of Sunday."
    ),
    "api:proposal-withdraw": lambda firm: {"reason": "The client changed plans."},
    "api:proposal-revise": lambda firm: {"objective": "default", "why": "Fresh figures."},
    "api:proposal-release": _fingerprint,
    "api:consent-request-consent": _fingerprint,
    **{
        name: lambda firm: {"name": "Ines", "email": "ines@firm.example", "roles": ["advisor"]}
        for name in ("advisory:person_invite", "api:person-invite")
    },
    "advisory:person_roles": lambda firm: {"roles": ["trader"], "reason": "Helps out."},
    "advisory:person_rename": lambda firm: {"name": "Max Olsen"},
    "advisory:person_email": lambda firm: {"email": "max.olsen@firm.example", "reason": "Typo."},
    "advisory:person_sessions": lambda firm: {"reason": "A lost phone."},
    "api:person-sessions": lambda firm: {"reason": "A lost phone."},
    "advisory:client_end": lambda firm: {"reason": "Asked by phone."},
    "api:client-end": lambda firm: {"reason": "Asked by phone."},
    "advisory:client_sight": lambda firm: {"may_see": "nothing"},
    **{
        name: lambda firm: {"user": firm.otto.pk, "part": "advisor", "starts_on": "2026-11-23"}
        for name in ("clients:book_assign", "api:book-assign")
    },
    **{name: lambda firm: {"ends_on": "2026-11-23"} for name in ("clients:book_end", "api:book-end")},
    "advisory:appearance": lambda firm: {"theme": "dark", "next": "/"},
    "clients:import_upload": lambda firm: {"uploads": _upload()},
    "clients:price_decide": lambda firm: {"decision": "reject", "reason": "A slipped decimal."},
    "clients:binding_list": lambda firm: {f"row-{_file_account(firm)}": _account(firm).public_id},
    "clients:asset_class_decide": lambda firm: {"is_equity": "yes", "reason": "Stocks."},
    "clients:household_search": lambda firm: {"text": "hart"},
    "clients:hold_place": lambda firm: {
        "kind": "custodian",
        "place": "household",
        "reason": "Asked to wait.",
        "expires_on": "2026-12-22",
    },
    "clients:cash_need_add": lambda firm: {
        "account": _account(firm).public_id,
        "kind": "withdrawal",
        "amount": "25000",
        "due_on": "2026-12-22",
    },
    "clients:client_restriction_record": lambda firm: {
        "kind": "do_not_sell",
        "symbol": "ZUS",
        "reason": "From her mother.",
        "asked_by": "Hanna Hart",
        "asked_on": "2026-11-20",
        "starts_on": "2026-11-20",
    },
    "clients:client_restriction_cancel": lambda firm: {"reason": "She sells."},
    "api:client-restriction-cancel": lambda firm: {"reason": "She sells."},
    "clients:fund_distribution_enter": lambda firm: {
        "symbol": "ZUS",
        "ex_on": "2026-12-15",
        "long_gain": "1.25",
        "source": "The fund's page",
    },
    "clients:fund_distribution_file": lambda firm: {
        "rows": "symbol,ex_on,long_gain\nZUS,2026-12-15,1.25\n",
        "source": "The fund's page",
    },
    "clients:fund_distribution_end": lambda firm: {"reason": "It was another fund."},
    "api:fund-distribution-end": lambda firm: {"reason": "It was another fund."},
    "clients:distribution_terms_record": lambda firm: {"source": "Letter."},
    "clients:distribution_terms_correct": lambda firm: {"source": "Another letter."},
    "clients:distribution_terms_retract": lambda firm: {"reason": "Wrong account."},
    "api:distribution-terms-retract": lambda firm: {"reason": "Wrong account."},
    "clients:distribution_figure_record": lambda firm: {
        "kind": "outside_taken",
        "owner": firm.harts.people.order_by("pk")[0].public_id,
        "year": "2026",
        "amount": "500",
        "place": "Elsewhere",
        "plan": "ira",
        "source": "Statement.",
    },
    "clients:distribution_figure_correct": lambda firm: {
        "year": "2026",
        "amount": "900",
        "source": "Statement.",
    },
    "clients:distribution_figure_retract": lambda firm: {"reason": "Another year."},
    "api:distribution-figure-retract": lambda firm: {"reason": "Another year."},
    "clients:fund_policy_enter": lambda firm: {"symbol": "ZUS", "holding_days": "30", "source": "Prospectus"},
    "clients:fund_policy_file": lambda firm: {
        "rows": "symbol,holding_days\nZUS,30\n",
        "source": "Prospectus",
    },
    "clients:fund_policy_end": lambda firm: {"reason": "Another."},
    "api:fund-policy-end": lambda firm: {"reason": "Another."},
    "clients:quote_enter": lambda firm: {
        "symbol": "ZUS",
        "quoted_at": "2026-11-20 15:00",
        "bid": "99",
        "ask": "101",
        "source": "A screen",
    },
    "clients:quote_end": lambda firm: {"reason": "Another."},
    "api:quote-end": lambda firm: {"reason": "Another."},
    "clients:halt_enter": lambda firm: {
        "symbol": "ZUS",
        "kind": "halt",
        "starts_at": "2026-11-20 15:00",
        "source": "Notice",
    },
    "clients:halt_end": lambda firm: {"reason": "Another."},
    "api:halt-end": lambda firm: {"reason": "Another."},
    "clients:halt_resume": lambda firm: {"ends_at": "2026-11-22 12:30"},
    "clients:halt_file": lambda firm: {
        "rows": "symbol,kind,starts_at,ends_at\nZUS,halt,2026-11-20 15:00,2026-11-20 15:10\n",
        "source": "The exchange's notice",
    },
    "clients:volatility_level_enter": lambda firm: {
        "market_on": "2026-11-19",
        "level": "41.5",
        "source": "A screen",
    },
    "clients:volatility_level_end": lambda firm: {"reason": "Another."},
    "api:volatility-level-end": lambda firm: {"reason": "Another."},
    "clients:volatility_level_file": lambda firm: {
        "rows": "market_on,level\n2026-11-18,18.25\n",
        "source": "A screen",
    },
    "clients:insider_enter": lambda firm: {
        "who": firm.harts.people.order_by("pk")[0].public_id,
        "issuer": "Zed Corp",
        "role": "officer",
        "starts_on": "2026-01-01",
        "source": "Letter",
    },
    "clients:insider_end": lambda firm: {"reason": "Another."},
    "api:insider-end": lambda firm: {"reason": "Another."},
    "clients:insider_window_enter": lambda firm: {
        "kind": "blackout",
        "starts_on": "2026-11-01",
        "ends_on": "2026-12-01",
        "source": "Notice",
    },
    "clients:insider_window_end": lambda firm: {"reason": "Another."},
    "api:insider-window-end": lambda firm: {"reason": "Another."},
    "clients:product_approval_enter": lambda firm: {
        "product": "leveraged",
        "starts_on": "2026-01-01",
        "reason": "Traded for years.",
    },
    "clients:product_approval_end": lambda firm: {"reason": "Another."},
    "api:product-approval-end": lambda firm: {"reason": "Another."},
    "clients:arranged_trade_enter": lambda firm: {
        "account": _account(firm).public_id,
        "symbol": "ZUS",
        "side": "buy",
        "counterparty": "firm",
        "trade_on": "2026-11-23",
    },
    "clients:arranged_trade_end": lambda firm: {"reason": "Another."},
    "api:arranged-trade-end": lambda firm: {"reason": "Another."},
    "clients:quote_file": lambda firm: {
        "rows": "symbol,quoted_at,bid,ask\nZUS,2026-11-20 15:00,99,101\n",
        "source": "Desk",
    },
    "clients:employer_plan_add": lambda firm: {"code": "works", "name": "Works", "source": "Lineup"},
    "clients:employer_plan_retire": lambda firm: {"reason": "Closed."},
    "api:employer-plan-retire": lambda firm: {"reason": "Closed."},
    "clients:plan_fund_add": lambda firm: {"symbol": "ZUB", "starts_on": "2026-01-01"},
    "clients:plan_fund_end": lambda firm: {"reason": "Dropped."},
    "api:plan-fund-end": lambda firm: {"reason": "Dropped."},
    "clients:account_bind": lambda firm: {"mask": "...001"},
    "clients:account_unbind": lambda firm: {"reason": "The other one."},
    "clients:account_reopen": lambda firm: {"reason": "It was the other one."},
    "clients:lot_lock": lambda firm: {"lock": "gift", "reason": "Pledged."},
    "clients:lot_unlock": lambda firm: {"reason": "Given elsewhere."},
    "clients:lot_withdraw": lambda firm: {"reason": "The other one."},
    "clients:cash_need_done": lambda firm: {"done_on": "2026-11-20"},
    "clients:cash_need_cancel": lambda firm: {"reason": "Paid from elsewhere."},
    "api:cash-need-cancel": lambda firm: {"reason": "Paid from elsewhere."},
    "clients:life_event_record": lambda firm: {"kind": "retirement", "opened_on": "2026-11-20"},
    "clients:life_event_cancel": lambda firm: {"reason": "It was the neighbor."},
    "api:life-event-cancel": lambda firm: {"reason": "It was the neighbor."},
    "compliance:dismiss": lambda firm: {"reason": "Answered by telephone."},
    "compliance:restriction_place": lambda firm: {
        "issuer": "Invented Corp",
        "kind": "restricted",
        "starts_on": "2026-11-22",
        "reason": "Inside information.",
        "unmatched": "on",
    },
    "compliance:restriction_lift": lambda firm: {"reason": "Published."},
    "rebalancing:decide": lambda firm: _seen(firm, verdict="reject", text="Too large."),
    "rebalancing:approve": lambda firm: _seen(firm, text="Agreed.", acknowledge="on"),
    "rebalancing:withdraw": lambda firm: {"withdraw-reason": "The client changed plans."},
    "rebalancing:revise": lambda firm: {"revise-objective": "default", "revise-why": "Fresh figures."},
    "rebalancing:consent": lambda firm: {
        "consent-seen": firm.fingerprint,
        "consent-given_by": "Hanna Hart",
        "consent-channel": "phone",
        "consent-evidence": "Call of Sunday.",
    },
    "rebalancing:reply": lambda firm: {"text": "Noted."},
    "rebalancing:override": lambda firm: _seen(firm, reason="facts_confirmed", text="Looked at."),
    "rebalancing:release": _seen,
    "rebalancing:portal_consent": lambda firm: _seen(firm, agree="on"),
    **asking_taxes.BODIES,
}
MATCHED = re.compile(r"^api:(proposal|consent-request)-")
"""Addresses whose decisions name what was looked at."""


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


def rows_of(route: Route) -> list[Row]:
    things = ("present", "absent") if route.has_object else ("",)
    return [Row(route.pattern, method, thing) for method in route.methods for thing in things]


def browsers(firm: Firm) -> dict[Any, Client]:
    """One browser for each person, signed in once."""
    found: dict[Any, Client] = {None: Client(raise_request_exception=False)}
    for user in (
        firm.ana,
        firm.otto,
        firm.rui,
        firm.tom,
        firm.cora,
        firm.ada,
        firm.carl,
        firm.hal,
        firm.gone,
    ):
        found[user] = Client(raise_request_exception=False)
        found[user].force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return found


HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Cache-Control": "no-store",
}
"""What every answer says to browsers, whoever asks."""


def header_faults(answer: Any) -> list[str]:
    """Which of the headers an answer lacks, and whether its policy lets anything inline through."""
    faults = [name for name, words in HEADERS.items() if words not in answer.headers.get(name, "")]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "'unsafe-" in policy.replace("style-src 'self' 'unsafe-inline'", ""):
        faults.append("the policy lets scripts through")
    return faults


def ask(
    route: Route, row: Row, firm: Firm, at: dict[Any, Client], faults: dict[str, set[str]]
) -> dict[str, str]:
    """Everybody's answer at one row; what each request did is undone, and what its headers lack is noted."""
    found: dict[str, str] = {}
    run, file = firm.run, firm.file
    for person in sorted(PEOPLE, key="advisor".__ne__):
        if found.get("advisor") == "405":
            # A method is refused before anybody is looked at.
            return dict.fromkeys(PEOPLE, "405")
        cache.clear()
        with undone():
            if before := BEFORE.get(route.name):
                before(firm)
            answer = answer_of(route, row, firm, at[user_of(firm, person, route)])
            found[person] = word_of(answer)
            faults[row.text].update(header_faults(answer))
        object.__setattr__(firm, "run", run)
        object.__setattr__(firm, "file", file)
    return found


def answer_of(route: Route, row: Row, firm: Firm, client: Client) -> Any:
    address = "/" + address_of(route, row, firm)
    if row.method == "GET":
        return client.get(address)
    body = BODIES.get(route.name, lambda firm: {})(firm)
    headers = {"If-Match": f'"{firm.fingerprint}"'} if MATCHED.match(route.name) else {}
    if route.is_api and route.name not in {"api:file-upload", "api:workbook-upload"}:
        send = client.put if row.method == "PUT" else client.post
        return send(address, json.dumps(body), content_type="application/json", headers=headers)
    return client.post(address, body)


def word_of(answer: Any) -> str:
    if answer.status_code in {301, 302} and answer["Location"].startswith(settings_login()):
        return "sign in"
    return str(answer.status_code)


def settings_login() -> str:
    from django.urls import reverse

    return reverse(settings.LOGIN_URL)


def user_of(firm: Firm, person: str, route: Route) -> Any:
    bare = route.pattern.removeprefix("api/v1/")
    client, other = (firm.carl, firm.hal) if bare.startswith(OF_THE_MILLERS) else (firm.hal, firm.carl)
    return {
        "anonymous": None,
        "advisor": firm.ana,
        "other_advisor": firm.otto,
        "reviewer": firm.rui,
        "trader": firm.tom,
        "compliance": firm.cora,
        "administrator": firm.ada,
        "client": client,
        "other_client": other,
        "deactivated": firm.gone,
    }[person]


def address_of(route: Route, row: Row, firm: Firm) -> str:
    """The address with its parameters filled in: a thing that is there, or one that is not."""
    bare = route.pattern.removeprefix("api/v1/")

    def fill(found: re.Match[str]) -> str:
        kind, name = found.group(1), found.group(2)
        if row.thing == "absent":
            return str(ABSENT[kind])
        makers = [make for start, key, make in OBJECTS if bare.startswith(start) and key == name]
        assert makers, f"Say in OBJECTS what stands at <{name}> of /{route.pattern}"
        return str(makers[-1](firm))

    return re.sub(r"<(\w+):(\w+)>", fill, route.pattern)


# ── The table ────────────────────────────────────────────────────────────────────────────────────


def reviewed() -> dict[Row, dict[str, str]]:
    """The table as it was reviewed."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as lines:
        return {
            Row(line["route"], line["method"], line["thing"]): {name: line[name] for name in PEOPLE}
            for line in csv.DictReader(lines)
        }


def asked(firm: Firm) -> tuple[dict[Row, dict[str, str]], dict[str, set[str]]]:
    """The table as the product answers today, and which headers were missing where.

    Methods that an address refuses to everybody have no row.
    """
    found = {}
    faults: dict[str, set[str]] = defaultdict(set)
    at = browsers(firm)
    for route in walk():
        for row in rows_of(route):
            answers = ask(route, row, firm, at, faults)
            if set(answers.values()) - {"405", "sign in", "401"}:
                found[row] = answers
    return found, {text: missing for text, missing in faults.items() if missing}


def write(table: dict[Row, dict[str, str]], to: Path) -> None:
    with to.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, ("route", "method", "thing", *PEOPLE), lineterminator="\n")
        writer.writeheader()
        for row, answers in sorted(table.items()):
            writer.writerow({"route": row.route, "method": row.method, "thing": row.thing, **answers})
