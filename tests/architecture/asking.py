"""Every address of the product with every kind of person at it: what is asked, and what came back.

`routes.csv` beside this file holds the answers that were reviewed; `./evenkeel draw routes` renews them.

What stands at the addresses of a noun, what has to have happened first and what is sent there is said in a module of its own
(`asking_record.py`, `asking_market.py` and their like); a new noun adds one, or its lines there.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture import (
    asking_files,
    asking_fix,
    asking_market,
    asking_orders,
    asking_people,
    asking_record,
    asking_review,
    asking_taxes,
)
from tests.architecture.asking_things import Firm, Make
from tests.factories.the_firm import undone

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
    "examiner",
    "deactivated",
)

LIBRARY = ("account/",)
"""Sign-in pages of a library: they show nobody's data, and the library tests what they do."""


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


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    *asking_files.OBJECTS,
    *asking_fix.OBJECTS,
    *asking_market.OBJECTS,
    *asking_orders.OBJECTS,
    *asking_people.OBJECTS,
    *asking_record.OBJECTS,
    *asking_review.OBJECTS,
    *asking_taxes.OBJECTS,
)

OF_THE_MILLERS = ("approvals/", "batches/", "releases/", "summaries/", "portfolio/summaries/")
"""Things of the released proposal: at them Carl is the client, elsewhere it is Hal."""

ABSENT = {"slug": "xx_000000000000", "str": "xx_000000000000", "int": 987_654_321}


BEFORE: dict[str, Callable[[Firm], None]] = {
    **asking_files.BEFORE,
    **asking_fix.BEFORE,
    **asking_market.BEFORE,
    **asking_orders.BEFORE,
    **asking_people.BEFORE,
    **asking_record.BEFORE,
    **asking_review.BEFORE,
    **asking_taxes.BEFORE,
}
"""What has to have happened for an address to make sense; it is undone after each request."""


BODIES: dict[str, Make] = {
    **asking_files.BODIES,
    **asking_fix.BODIES,
    **asking_market.BODIES,
    **asking_orders.BODIES,
    **asking_people.BODIES,
    **asking_record.BODIES,
    **asking_review.BODIES,
    **asking_taxes.BODIES,
}

MATCHED = re.compile(r"^api:(proposal|consent-request)-")
"""Addresses whose decisions name what was looked at."""


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
        firm.eve,
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
        "examiner": firm.eve,
        "deactivated": firm.gone,
    }[person]


def address_of(route: Route, row: Row, firm: Firm) -> str:
    """The address with its parameters filled in: a thing that is there, or one that is not."""
    bare = route.pattern.removeprefix("api/v1/")

    def fill(found: re.Match[str]) -> str:
        kind, name = found.group(1), found.group(2)
        if row.thing == "absent":
            return str(ABSENT[kind])
        makers = [
            (len(start), make) for start, key, make in OBJECTS if bare.startswith(start) and key == name
        ]
        assert makers, f"Say in OBJECTS what stands at <{name}> of /{route.pattern}"
        _, make = max(makers, key=lambda one: one[0])
        return str(make(firm))

    return re.sub(r"<(\w+):(\w+)>", fill, route.pattern)


def reviewed() -> dict[Row, dict[str, str]]:
    """The table as it was reviewed."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as lines:
        return {
            Row(line["route"], line["method"], line["thing"]): {name: line.get(name, "") for name in PEOPLE}
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
