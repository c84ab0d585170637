"""Which files need no person: layout known, every account bound and loadable, nothing to ask, nothing to say.

Whether such a file is then loaded by itself is the firm's choice, custodian by custodian
(`price_figures.CONFIRMED_BY_THEMSELVES`). Every other file waits for a person, with the reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from clients.custodians.house import house
from clients.custodians.ofx import ofx
from clients.imports import file_rehearsing
from clients.models import CustodianFile, FileAccount
from compliance.clock import EASTERN
from compliance.firm import firm_settings, price_figures


def waiting(files: QuerySet[CustodianFile]) -> list[CustodianFile]:
    """The clean ones among these files that wait for somebody, in the order they came."""
    counts = {
        f"{state}_count": Count("accounts", filter=Q(accounts__state=state))
        for state in (FileAccount.State.UNBOUND, FileAccount.State.REFUSED)
    }
    previewed = files.filter(state=CustodianFile.State.PREVIEWED).defer("content").annotate(**counts)
    return [
        one
        for one in previewed.order_by("received_at", "pk")
        if not reasons(
            one, unbound=getattr(one, "unbound_count", 0), refused=getattr(one, "refused_count", 0)
        )
    ]


def reasons(file: CustodianFile, *, unbound: int, refused: int) -> list[str]:
    """Why a person has to look at a previewed file of whose accounts so many are unbound or refused; empty for a clean one."""
    preview = file.preview
    # What a person has decided already, and the file says again as it did then, needs nobody a second time.
    cautions = sum(not one.get("decided") for one in preview.get("warnings", ()))
    counts = (
        (unbound, "account is not bound", "accounts are not bound"),
        (refused, "account would be left out", "accounts would be left out"),
        (len(file.faults) + preview.get("faults_left_off", 0), "row has a fault", "rows have faults"),
        (len(preview.get("questions", ())), "figure has to be confirmed", "figures have to be confirmed"),
        (cautions, "caution has to be read", "cautions have to be read"),
    )
    found = [f"{count} {one if count == 1 else many}." for count, one, many in counts if count]
    gaps = [one["caption"] for one in preview.get("totals", ()) if one["stated"] != one["summed"]]
    if gaps:
        found.append(f"Its own total differs from its rows: {', '.join(gaps)}.")
    if file.loaded_at is not None:
        found.append("It was loaded before.")
    return found


def source_of(file: CustodianFile) -> str:
    """The source by which the firm lets files confirm themselves."""
    if file.layout in {house.SLUG, ofx.SLUG}:
        return file.layout
    return file.custodian


def loads_itself(*, at: datetime) -> file_rehearsing.AtOnce | None:
    """Says of a new file whether it is loaded without a person: the firm lets its source confirm itself, and it is clean.
    Any other keeps waiting for somebody; None where the firm lets none.
    """
    allowed = firm_settings.in_force(on=at.astimezone(EASTERN).date()).of(
        price_figures.CONFIRMED_BY_THEMSELVES
    )

    def at_once(file: CustodianFile, accounts: Sequence[FileAccount]) -> bool:
        states = [one.state for one in accounts]
        return source_of(file) in allowed and not reasons_of(file, states)

    return at_once if allowed else None


def reasons_of(file: CustodianFile, states: Sequence[str]) -> list[str]:
    """The same, from the states of its accounts."""
    return reasons(
        file,
        unbound=states.count(FileAccount.State.UNBOUND),
        refused=states.count(FileAccount.State.REFUSED),
    )
