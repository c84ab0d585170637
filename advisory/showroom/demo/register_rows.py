"""Rows of the registers: what two funds pay, one fund's own trading policy, and a client who is an insider."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from advisory.models import User
from advisory.showroom.demo.households import BY, OnRecord
from advisory.showroom.demo.shapes import HEAD
from clients.models import Insider, InsiderWindow, Security
from clients.registers import fund_distributions, market_facts, register, trading_facts
from rebalancing.engine.market.calendars import new_york


def record(on_record: list[OnRecord], *, users: dict[str, User], as_of: date, at: datetime) -> None:
    """Enter them as the firm's people would."""
    acts: dict[str, Any] = {"user_id": users["cora"].pk, "by": BY, "at": at}
    _funds(as_of, acts)
    for one in on_record:
        if one.family.situation.code == "restricted":
            _insider(one, as_of, acts | {"user_id": users[one.family.advisor].pk})


def _funds(as_of: date, acts: dict[str, Any]) -> None:
    """A dividend that is small beside the price, so that purchases need not wait for it, and one that was paid."""
    total, bonds = (Security.objects.get(symbol=symbol) for symbol in ("ZZTM", "ZZBD"))
    coming = _later(as_of, 14)
    register.enter(
        fund_distributions.REGISTER,
        {
            "security": total, "ex_on": coming, "record_on": coming, "pay_on": _later(as_of, 16),
            "ordinary": D("0.12"), "qualified": D("0.74"), "is_final": False,
            "source": "The fund company's estimate",
        },
        **acts,
    )  # fmt: skip
    paid = new_york().session_before(as_of - timedelta(days=40))
    register.enter(
        fund_distributions.REGISTER,
        {
            "security": bonds, "ex_on": paid, "record_on": paid, "pay_on": paid, "ordinary": D("0.19"),
            "is_final": True, "source": "The fund company's notice",
        },
        **acts,
    )  # fmt: skip
    register.enter(
        market_facts.FUND_POLICIES,
        {
            "security": Security.objects.get(symbol="ZZTX"), "holding_days": 30, "redemption_fee": None,
            "fee_days": None, "source": "Prospectus, frequent trading",
        },
        **acts,
    )  # fmt: skip


def _insider(one: OnRecord, as_of: date, acts: dict[str, Any]) -> None:
    """The board seat because of which the family buys neither of two companies, and the blackout before its results."""
    company = Security.objects.filter(kind=Security.Kind.STOCK).exclude(issuer="").order_by("symbol").first()
    assert company is not None, "the fictional market lists companies"
    insider = register.enter(
        trading_facts.INSIDERS,
        {
            "person": one.people[HEAD], "issuer": company.issuer, "role": Insider.Role.DIRECTOR,
            "starts_on": as_of - timedelta(days=400), "ends_on": None, "source": "Letter in the client's folder",
        },
        **acts,
    )  # fmt: skip
    register.enter(
        trading_facts.WINDOWS,
        {
            "insider": insider, "kind": InsiderWindow.Kind.BLACKOUT, "starts_on": as_of - timedelta(days=10),
            "ends_on": as_of + timedelta(days=35), "shares_max": None, "source": "The company's notice",
        },
        **acts,
    )  # fmt: skip


def _later(day: date, sessions: int) -> date:
    """So many sessions later."""
    for _ in range(sessions):
        day = new_york().session_after(day)
    return day
