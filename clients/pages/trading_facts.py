"""What keeps a client from a trade, as it is shown: insiders and their windows, approved products, arranged trades."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access_registers, figures
from clients.models import ArrangedTrade, Household, Insider, ProductApproval
from clients.pages.lists.record_list import State
from clients.pages.registers import day, register_pages
from clients.registers import trading_facts
from compliance.statements.reads import Asked, prepared, together

OF_A_HOUSEHOLD = ("clients:insider_enter", "clients:product_approval_enter", "clients:arranged_trade_enter")
_OF_HOUSEHOLDS: dict[str, Any] = {"place_label": "Household", "tabs": "clients/_lists.html"}


def of_household(household: Household) -> tuple[str, str]:
    """A household's name and page."""
    return household.name, reverse("clients:household", args=[household.public_id])


def ends(row: Any) -> str:
    """The last day of a row in words."""
    return day(row.ends_on) or "Until it is ended"


def shares(row: Any) -> str:
    """How many shares a window allows, where it names a number."""
    return "" if row.shares_max is None else f"{row.shares_max.normalize():,f}"


def windows(user: Any, row: Any) -> Iterable[tuple[str, str]]:
    """The standing windows of an insider."""
    found = access_registers.insider_windows_for(user).filter(insider=row, ended_at=None)
    return (("Window", trading_facts.WINDOWS.words(one)) for one in found.order_by("starts_on"))


INSIDERS = register_pages(
    trading_facts.INSIDERS,
    name="insiders",
    title="Insiders and affiliates",
    one="insider",
    lead="Who is an insider of which issuer. Their households trade its securities only in a window that is open.",
    mine=access_registers.insiders_for,
    columns=(
        ("Who", lambda row: str(row.person)),
        ("Issuer", lambda row: row.issuer),
        ("As what", lambda row: row.get_role_display()),
        ("Since", lambda row: figures.day(row.starts_on)),
        ("Until", ends),
    ),
    told=(
        ("Who", lambda row: str(row.person)),
        ("Issuer", lambda row: row.issuer),
        ("As what", lambda row: row.get_role_display()),
        ("Since", lambda row: figures.day(row.starts_on)),
        ("Until", ends),
        ("Source", lambda row: row.source),
    ),
    also=windows,
    place=lambda row: of_household(row.person.household),
    orderings={"place": ("person__household__name", "pk"), "issuer": ("issuer", "pk")},
    usual="place",
    searched=("issuer", "person__household__name", "person__household__code"),
    empty_body="Insiders are recorded on a household's page, under Policy.",
    more=("clients:insider_window_enter",),
    **_OF_HOUSEHOLDS,
)
WINDOWS = register_pages(
    trading_facts.WINDOWS,
    name="insider-windows",
    title="Blackouts and clearances",
    one="window",
    lead="On which days insiders may not trade, or may.",
    mine=access_registers.insider_windows_for,
    columns=(
        ("Kind", lambda row: row.get_kind_display()),
        ("Whose", lambda row: str(row.insider)),
        ("From", lambda row: figures.day(row.starts_on)),
        ("Until", lambda row: figures.day(row.ends_on)),
        ("Shares at most", shares),
    ),
    told=(
        ("Whose", lambda row: str(row.insider)),
        ("Kind", lambda row: row.get_kind_display()),
        ("From", lambda row: figures.day(row.starts_on)),
        ("Until", lambda row: figures.day(row.ends_on)),
        ("Shares at most", shares),
        ("Source", lambda row: row.source),
    ),
    place=lambda row: of_household(row.insider.person.household),
    orderings={"place": ("insider__person__household__name", "pk"), "until": ("ends_on", "pk")},
    usual="until",
    searched=("insider__issuer", "insider__person__household__name"),
    empty_body="Open an insider's page to record a blackout or a clearance.",
    states=(
        State("in_force", "In force", lambda _: Q(ended_at=None)),
        State("now", "Now", lambda on: Q(ended_at=None, starts_on__lte=on, ends_on__gte=on)),
        State("over", "Over", lambda on: Q(ended_at=None, ends_on__lt=on)),
    ),
    **_OF_HOUSEHOLDS,
)
APPROVALS = register_pages(
    trading_facts.APPROVALS,
    name="product-approvals",
    title="Approvals of complex products",
    one="approval",
    lead="Which clients may hold leveraged, inverse, interval and other complex products, and why it suits them.",
    mine=access_registers.product_approvals_for,
    columns=(
        ("Product", trading_facts.APPROVALS.words),
        ("From", lambda row: figures.day(row.starts_on)),
        ("Until", ends),
        ("Why", lambda row: row.reason),
    ),
    told=(
        ("Product", lambda row: row.get_product_display()),
        ("Only", lambda row: row.security.symbol if row.security else ""),
        ("From", lambda row: figures.day(row.starts_on)),
        ("Until", ends),
        ("Why it suits this client", lambda row: row.reason),
    ),
    place=lambda row: of_household(row.household),
    orderings={"place": ("household__name", "pk"), "what": ("product", "pk")},
    usual="place",
    searched=("household__name", "household__code", "reason"),
    empty_body="Compliance approves a product on a household's page, under Policy.",
    **_OF_HOUSEHOLDS,
)
ARRANGED = register_pages(
    trading_facts.ARRANGED,
    name="arranged-trades",
    title="Principal and cross trades",
    one="arranged trade",
    lead="Trades that do not go to the market. Without disclosure and consent, and in retirement accounts, they are blocked.",
    mine=access_registers.arranged_trades_for,
    columns=(
        ("Trade", trading_facts.ARRANGED.words),
        ("Account", lambda row: row.account.name),
        ("Disclosed", lambda row: day(row.disclosed_on) or "Not yet"),
        ("Consented", lambda row: day(row.consented_on) or "Not yet"),
        ("Papers", lambda row: row.document),
    ),
    told=(
        ("Account", lambda row: row.account.name),
        ("Trade", trading_facts.ARRANGED.words),
        ("The other account", lambda row: row.other_account.public_id if row.other_account else ""),
        ("Disclosed in writing", lambda row: day(row.disclosed_on) or "Not yet"),
        ("The client consented", lambda row: day(row.consented_on) or "Not yet"),
        ("Papers", lambda row: row.document),
    ),
    place=lambda row: of_household(row.account.household),
    orderings={"place": ("account__household__name", "pk"), "what": ("-trade_on", "pk")},
    usual="what",
    searched=("account__household__name", "security__symbol", "document"),
    empty_body="Compliance records such a trade on a household's page, under Policy, before it is made.",
    **_OF_HOUSEHOLDS,
)
PAGES = (INSIDERS, WINDOWS, APPROVALS, ARRANGED)


def of_one(household: Household) -> tuple[tuple[str, str, str], ...]:
    """What stands for one household: the kind, the words and the page of each row."""
    kinds = ("Insider", trading_facts.INSIDERS), ("Complex product", trading_facts.APPROVALS), ("Arranged", trading_facts.ARRANGED)  # fmt: skip
    return tuple(
        (label, register.words(row), reverse(f"clients:{register.name}", args=[row.public_id]))
        for (label, register), rows in zip(kinds, together(*asked(household)), strict=True)
        for row in rows
    )


def asked(household: Household) -> tuple[Asked | None, ...]:
    """What is asked of a household that was looked up, to be sent with other questions."""
    return _insiders.asked(household.pk), _approvals.asked(household.pk), _arranged.asked(household.pk)


@prepared
def _insiders(household: int) -> QuerySet[Insider]:
    found = trading_facts.INSIDERS.standing().filter(person__household=household)
    return found.select_related("person__household").order_by("pk")


@prepared
def _approvals(household: int) -> QuerySet[ProductApproval]:
    found = trading_facts.APPROVALS.standing().filter(household=household)
    return found.select_related("household", "security").order_by("pk")


@prepared
def _arranged(household: int) -> QuerySet[ArrangedTrade]:
    found = trading_facts.ARRANGED.standing().filter(account__household=household)
    return found.select_related("account__household", "security", "other_account").order_by("pk")
