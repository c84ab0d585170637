"""What the desk does about its securities: corporate actions announced, corrected and agreed to, and prices in dispute decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

from clients.corporate_actions import agreeing, applying
from clients.imports import custodian_files
from clients.models import ActionAccount, CorporateAction, CustodianFile, Security
from clients.registers import register
from clients.registers.corporate_actions import REGISTER
from clients.securities import price_disputes
from compliance.people.actors import Actor
from tests import cast
from tests.factories.bundles import table as csv_of
from tests.factories.households import loaded
from tests.simulation.issuers import Event
from tests.simulation.market import Market


class Desk:
    """Tom, who keeps facts of securities, and Cora, who agrees to them. `tries` runs an act and notes how it was refused."""

    def __init__(
        self, market: Market, now: Callable[[], datetime], tries: Callable[[Callable[[], Any]], bool]
    ) -> None:
        self._market, self._now, self._tries = market, now, tries
        self.tom, self.cora = cast.tom(), cast.cora()

    def works_actions(self, day: date, events: Iterable[Event]) -> None:
        """What was published by a morning is announced, and agreed to when its moment has come."""
        for event in events:
            if event.told_on == day:
                self.announces(event)
            if event.agreed_on <= day:
                self.agrees(event)

    def lists(self, event: Event) -> None:
        """A security that will be spun off is put on record before anybody holds it."""
        spread = self._market.known[event.security].half_spread_bps
        row = f"{event.other},Invented {event.other},stock,us_stock:1,{event.other.lower()},,{spread},4000000,no"
        file = loaded(csv_of("securities", [row]), name=f"{event.other}.csv", at=self._now())
        assert file.state == CustodianFile.State.LOADED, file.faults

    def announces(self, event: Event) -> None:
        """Tom puts an action on record as he reads it."""
        values = self._terms(event)
        if event.is_misread:
            values["shares_new"] += values["shares_old"]
            if values["shares_new"] > values["shares_old"]:
                values["kind"] = "split"
        self._tries(
            lambda: register.enter(
                REGISTER, values, user_id=self.tom.pk, by=Actor.person(self.tom), at=self._now()
            )
        )

    def _terms(self, event: Event) -> dict[str, Any]:
        def on_record(name: str) -> Security:
            return Security.objects.get(symbol__in=self._market.symbols(name))

        values: dict[str, Any] = {
            **dict.fromkeys(REGISTER.columns), "security": on_record(event.security), "kind": event.kind,
            "effective_on": event.on, "new_symbol": event.new_symbol, "new_cusip": "", "is_taxable": False,
            "source": "The issuer's notice", "document": "",
        }  # fmt: skip
        if event.is_split or event.kind == "spin_off":
            values |= {"shares_new": D(event.new), "shares_old": D(event.old), "lieu_price": event.lieu}
        if event.kind == "spin_off":
            values |= {"new_security": on_record(event.other), "basis_share": event.basis_share}
        if event.kind == "cash_merger":
            values["cash"] = event.cash
        return values

    def agrees(self, event: Event) -> None:
        """Two people compare what is on record with the issuer's paper, correct it where it is wrong, and agree."""
        row = self.standing(event)
        if row is None or hasattr(row, "agreement"):
            return
        terms = self._terms(event)
        wrong = {name: one for name, one in terms.items() if one != getattr(row, name)}
        by = Actor.person(self.tom)
        for name in ("source", "document", *REGISTER.kept):
            wrong.pop(name, None)
        if row.kind != event.kind:
            register.end(REGISTER, row, reason="Misread.", user_id=self.tom.pk, by=by, at=self._now())
            row = register.enter(REGISTER, terms, user_id=self.tom.pk, by=by, at=self._now())
        elif wrong:
            row = register.change(REGISTER, row, wrong, user_id=self.tom.pk, by=by, at=self._now())
        self._tries(
            lambda: agreeing.agree(
                row, evidence="The issuer's notice.", asked_by_id=self.tom.pk, by=Actor.person(self.cora),
                at=self._now(),
            )
        )  # fmt: skip

    def standing(self, event: Event) -> CorporateAction | None:
        """The action as it is on record, in whatever terms."""
        kinds = ("split", "reverse_split") if event.is_split else (event.kind,)
        rows = REGISTER.standing().filter(
            security__symbol__in=self._market.symbols(event.security), kind__in=kinds, effective_on=event.on
        )
        found: CorporateAction | None = rows.select_related("security", "new_security", "agreement").first()
        return found

    def says_what_is_shown(self, told_on: Callable[[str], date | None]) -> None:
        """Where shares do not tell what a file shows, a person who asked the custodian does. `told_on` is the day of the last file
        of an account, by its number.
        """
        rows = ActionAccount.objects.filter(state="unclear", action__ended_at=None)
        for row in rows.select_related("action__agreement", "account"):
            if not hasattr(row.action, "agreement"):
                continue
            if (told_on(row.account.number) or date.min) < row.action.effective_on:
                continue
            self._tries(
                lambda one=row: applying.say(  # type: ignore[misc]
                    one.action, one.account, is_shown=True, reason="The custodian says so.",
                    by=Actor.person(self.tom), at=self._now(),
                )
            )  # fmt: skip

    def decides_prices(self) -> None:
        """Each price in dispute is compared with the market's close."""
        for row in price_disputes.open_disputes():
            name = self._market.named(row.security.symbol)
            is_right = row.price == self._market.price(name, row.as_of_on)
            self._tries(
                lambda one=row, accept=is_right: price_disputes.decide(  # type: ignore[misc]
                    one, accept=accept, reason="Compared with the exchange.", by=Actor.person(self.tom), at=self._now()
                )
            )  # fmt: skip

    def refuses_old_prices(self, day: date, rows: list[str]) -> list[str]:
        """A feed sends the prices of a day gone by as its newest: the desk asks before it loads them, and Tom discards the file."""
        content = ("\n".join(["symbol,on,price,source", *rows, ""])).encode()
        by, at = Actor.person(self.tom), self._now()
        receipt = custodian_files.receive(
            content, name=f"feed-{day}.csv", channel=CustodianFile.Channel.COMMAND, user_id=self.tom.pk, by=by, at=at
        )  # fmt: skip
        file = receipt.file
        if file.state != CustodianFile.State.PREVIEWED:
            return [f"{file.name} is {file.state}"]
        said = [str(one["sentence"]) for one in file.preview["warnings"]]
        custodian_files.discard(file, by=by, at=at)
        return said
