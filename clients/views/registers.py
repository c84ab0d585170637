"""The registers in the browser: the firm-wide lists, and one row of each with its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access_registers
from clients.pages import market_facts, registers, trading_facts
from clients.views.facts import listed, require_desk
from compliance import clock


@require_GET
def fund_distribution_list(request: HttpRequest) -> HttpResponse:
    """What funds have announced or paid."""
    doors = ("clients:fund_distribution_enter", "clients:fund_distribution_file")
    return listed(request, registers.DISTRIBUTIONS, adding=doors)


@require_GET
def fund_distribution(request: HttpRequest, public_id: str) -> HttpResponse:
    """A distribution and its history."""
    return _one(request, public_id, access_registers.fund_distributions_for, registers.distribution)


@require_GET
def fund_policy_list(request: HttpRequest) -> HttpResponse:
    """What funds say about frequent trading."""
    return listed(request, market_facts.FUND_POLICIES, adding=("clients:fund_policy_enter",))


@require_GET
def fund_policy(request: HttpRequest, public_id: str) -> HttpResponse:
    """A fund's trading policy and its history."""
    return _one(request, public_id, access_registers.fund_policies_for, market_facts.fund_policy)


@require_GET
def quote_list(request: HttpRequest) -> HttpResponse:
    """Bids and asks by moment."""
    return listed(request, market_facts.QUOTES, adding=("clients:quote_enter", "clients:quote_file"))


@require_GET
def quote(request: HttpRequest, public_id: str) -> HttpResponse:
    """A quote and its history."""
    return _one(request, public_id, access_registers.quotes_for, market_facts.quote)


@require_GET
def halt_list(request: HttpRequest) -> HttpResponse:
    """Halts and pauses."""
    return listed(request, market_facts.HALTS, adding=("clients:halt_enter",))


@require_GET
def halt(request: HttpRequest, public_id: str) -> HttpResponse:
    """A halt and its history."""
    return _one(request, public_id, access_registers.halts_for, market_facts.halt)


@require_GET
def insider_list(request: HttpRequest) -> HttpResponse:
    """Insiders and affiliates."""
    return listed(request, trading_facts.INSIDERS)


@require_GET
def insider(request: HttpRequest, public_id: str) -> HttpResponse:
    """An insider, the windows, and their history."""
    return _one(request, public_id, access_registers.insiders_for, trading_facts.insider)


@require_GET
def insider_window_list(request: HttpRequest) -> HttpResponse:
    """Blackouts and clearances of insiders."""
    return listed(request, trading_facts.WINDOWS)


@require_GET
def insider_window(request: HttpRequest, public_id: str) -> HttpResponse:
    """A window of an insider and its history."""
    return _one(request, public_id, access_registers.insider_windows_for, trading_facts.window)


@require_GET
def product_approval_list(request: HttpRequest) -> HttpResponse:
    """Approvals of complex products."""
    return listed(request, trading_facts.APPROVALS)


@require_GET
def product_approval(request: HttpRequest, public_id: str) -> HttpResponse:
    """An approval and its history."""
    return _one(request, public_id, access_registers.product_approvals_for, trading_facts.approval)


@require_GET
def arranged_trade_list(request: HttpRequest) -> HttpResponse:
    """Principal and cross trades."""
    return listed(request, trading_facts.ARRANGED)


@require_GET
def arranged_trade(request: HttpRequest, public_id: str) -> HttpResponse:
    """An arranged trade and its history."""
    return _one(request, public_id, access_registers.arranged_trades_for, trading_facts.arranged_trade)


def _one(
    request: HttpRequest, public_id: str, mine: Callable[[Any], Any], show: Callable[..., Any]
) -> HttpResponse:
    require_desk(request)
    found = get_object_or_404(mine(request.user), public_id=public_id)
    on = clock.now().astimezone(clock.EASTERN).date()
    return render(request, "clients/fact.html", {"page": show(request.user, found, on=on)})
