"""The registers in the browser: for each its firm-wide list, and one row with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from clients.pages import market_facts, trading_facts
from clients.pages.registers import RegisterPages
from clients.views.facts import listed, require_desk

View = Callable[..., HttpResponse]


def listing(pages: RegisterPages) -> View:
    """The view of a register's list, with the doors where a row is entered."""

    @require_GET
    def show(request: HttpRequest) -> HttpResponse:
        return listed(request, pages.list, adding=pages.adding)

    return show


def one(pages: RegisterPages) -> View:
    """The view of a row of a register, with its history."""

    @require_GET
    def show(request: HttpRequest, public_id: str) -> HttpResponse:
        require_desk(request)
        row = get_object_or_404(pages.mine(request.user), public_id=public_id)
        return render(request, "clients/fact.html", {"page": pages.one(request.user, row)})

    return show


def addresses() -> Iterator[URLPattern]:
    """The two addresses of every register."""
    for pages in (*market_facts.PAGES, *trading_facts.PAGES):
        name = pages.register.name
        yield path(f"{pages.path}/", listing(pages), name=f"{name}_list")
        yield path(f"{pages.path}/<slug:public_id>/", one(pages), name=name)
