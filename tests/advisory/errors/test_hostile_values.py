"""Whatever stands in an address, a query or a body, the answer is never 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.architecture import asking
from tests.architecture.asking import Row
from tests.factories import the_firm

HUGE = "1" + "0" * 30
QUERIES = (
    f"page={HUGE}&limit={HUGE}&offset={HUGE}&page_size={HUGE}&version={HUGE}",
    "page=-1&limit=-1&offset=-5&state=%00&text=%00&q=%00&search=%00&ordering=%00&household=%00&about_id=%00",
    "since=9999-12-31&until=9999-12-31&from=9999-12-31&to=9999-12-31&on=9999-12-31&as_of=9999-12-31&day=9999-12-31",
    "since=0001-01-01&until=0001-01-01&from=0001-01-01&to=0001-01-01&on=0001-01-01&as_of=0001-01-01&day=0001-01-01",
    f"seq={HUGE}&seq_after={HUGE}&after={HUGE}&before={HUGE}&cursor={HUGE}&advisor={HUGE}&household={HUGE}&run={HUGE}",
)
DEEP = "[" * 100_000 + "]" * 100_000
BODIES = (
    DEEP,
    '{"a":' * 100_000 + "1" + "}" * 100_000,
    json.dumps(
        {"comment": 10**30, "change_request": 10**30, "reply_to": 10**30, "text": "\0", "fingerprint": "\0"}
    ),
    "9" * 10_000,
    "[]",
    "null",
    '"text"',
    "1e999",
)
FORM = ("\0", "9" * 10_000, "1e999", "-1", "NaN", "9999-12-31", "0001-01-01", HUGE, "=1+1", "\ud7ff" * 5_000)
"""What is put into every field of a form, one after the other."""
ABSENT = {"int": "1" + "0" * 30, "slug": "x" * 3_000, "str": "%00"}


@pytest.fixture(scope="module")
def firm(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), the_firm.standing() as firm:
        yield firm


def forms_of(route: asking.Route, firm: Any) -> list[dict[str, Any]]:
    """The form that a page takes, each time with a hostile value in one of its fields, and once in all of them."""
    good = asking.BODIES.get(route.name, lambda firm: {})(firm)
    fields = [name for name, value in good.items() if isinstance(value, (str, int))] or ["text"]
    one = [{**good, name: value} for name in fields for value in FORM]
    return [*one, *(dict.fromkeys(fields, value) for value in FORM), {}]


@pytest.mark.slow
def test_no_form_breaks_the_server(
    firm: Any, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, asked = [], 0
    with django_db_blocker.unblock():
        at = asking.browsers(firm)
        for row, said in asking.reviewed().items():
            route = next((one for one in asking.walk() if one.pattern == row.route), None)
            fitting = [person for person, answer in said.items() if answer in {"200", "302", "303", "409"}]
            if route is None or route.is_api or row.method != "POST" or row.thing == "absent" or not fitting:
                continue
            client = at[asking.user_of(firm, fitting[0], route)]
            for position in range(len(forms_of(route, firm))):
                with the_firm.undone():
                    if before := asking.BEFORE.get(route.name):
                        before(firm)
                    address = "/" + asking.address_of(route, row, firm)
                    form = forms_of(route, firm)[position]
                    answer = client.post(address, form)
                    asked += 1
                if answer.status_code >= 500:
                    broken.append((address, {name: str(value)[:20] for name, value in form.items()}))

    assert broken == []
    assert asked > 200


@pytest.mark.slow
def test_no_value_breaks_the_server(
    firm: Any, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = []
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.allow_request", lambda *_: True)
    with django_db_blocker.unblock():
        at = {user: Client(raise_request_exception=False) for user in (firm.ana, firm.cora)}
        for user, client in at.items():
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for route in asking.walk():
            with the_firm.undone():
                if before := asking.BEFORE.get(route.name):
                    before(firm)
                present = "/" + asking.address_of(route, Row(route.pattern, "GET", "present"), firm)
            with monkeypatch.context() as strange:
                strange.setattr(asking, "ABSENT", ABSENT)
                absent = "/" + asking.address_of(route, Row(route.pattern, "GET", "absent"), firm)
            for client in at.values():
                asked = [("GET", absent, ""), *(("GET", f"{present}?{query}", "") for query in QUERIES)]
                asked += [("POST", present, body) for body in BODIES if route.is_api or "csp" in present]
                for method, address, body in asked:
                    with the_firm.undone():
                        answer = (
                            client.get(address)
                            if method == "GET"
                            else client.post(address, body, content_type="application/json")
                        )
                    if answer.status_code >= 500:
                        broken.append((method, address[:120], body[:40], answer.status_code))

    assert broken == []
