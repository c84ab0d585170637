"""What a client forbids, as its author states it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.models import Account, PolicyRestriction
from clients.securities import securities
from compliance.refusals import BadInput, closest


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionSpec:
    """A restriction by the client on a security, an issuer or a sector."""

    kind: str
    reason: str
    symbol: str = ""
    issuer: str = ""
    sector: str = ""
    account: Account | None = None
    weight_cap: Decimal | None = None
    until_on: date | None = None


def refuse_unknown_names(wish: RestrictionSpec) -> None:
    """Raise `BadInput` for a restriction on something not on record, which would have no effect, or for a cap in one
    account, which nothing would obey there.
    """
    named = (
        ("security", wish.symbol, securities.symbols_on_record),
        ("issuer", wish.issuer, securities.issuers_on_record),
        ("sector", wish.sector, securities.sectors_on_record),
    )
    for what, given, on_record in named:
        if given and given not in (known := on_record()):
            raise BadInput(
                f"There is no {what} {given!r} on record, so this restriction would have no effect.",
                closest(given, known)
                or "Choose one that is on record, or load a file that describes it first.",
            )
    if wish.kind == PolicyRestriction.Kind.CAP and wish.account is not None:
        raise BadInput(
            "A cap counts for the whole household, not for one account.",
            "Leave the account empty, or forbid purchases in that account.",
        )
    if not any((wish.symbol, wish.issuer, wish.sector)):
        raise BadInput("A restriction names a security, an issuer or a sector.", "Name one of them.")
