"""Ada's webhooks: other programs are told what happens, by ids alone, at least once, with the same message id."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction

from advisory import tasks
from advisory.models import OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from advisory.outward import deliveries, delivering, messages, sending, topics, webhooks
from compliance.actions import Action
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.webhooks import URL, a_failed_delivery, a_webhook, happened
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sunday() -> None:
    set_clock(SUNDAY_NOON)


class Network:
    """What was posted, and what each post comes to: a status, or what is raised."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, bytes, dict[str, str]]] = []
        self.comes_to: list[Any] = []

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.posted.append((url, body, dict(headers)))
        outcome = self.comes_to.pop(0) if self.comes_to else 200
        if isinstance(outcome, BaseException):
            raise outcome
        return int(outcome)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, _, headers in self.posted]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network()
    monkeypatch.setattr(sending, "post", found.post)
    return found


def pass_by(**passed: float) -> None:
    """Time goes on from Sunday noon."""
    set_clock(SUNDAY_NOON + timedelta(**passed))


def states() -> list[tuple[str, int]]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", "tries"))


def test_a_message_says_the_kind_and_ids_and_nothing_else(network: Network) -> None:
    endpoint = a_webhook(cast.ada())
    event = happened("household.changed", "hh_0000000000aa", name="The Harts", before="$1,250,000.00")

    tasks.deliver_webhooks()

    ((url, body, headers),) = network.posted
    assert (url, json.loads(body)) == (
        URL,
        {
            "type": "household.changed",
            "timestamp": event.occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "data": {
                "event": event.seq,
                "about": {"kind": "household", "id": "hh_0000000000aa"},
                "household": "hh_0000000000aa",
            },
        },
    )
    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert states() == [("delivered", 1)]


def test_an_event_about_something_with_a_telling_name_is_told_without_it(network: Network) -> None:
    a_webhook(cast.ada(), "market")
    happened("asset_class.decided", "us_large_of_harts")

    tasks.deliver_webhooks()

    ((_, body, _),) = network.posted
    assert json.loads(body)["data"]["about"] == {"kind": "asset_class"}


def test_the_outbox_lives_and_dies_with_the_event() -> None:
    a_webhook(cast.ada())

    with transaction.atomic():
        happened()
        assert OutboxEvent.objects.count() == 1
        transaction.set_rollback(True)
    assert OutboxEvent.objects.count() == 0
    event = happened()
    assert list(OutboxEvent.objects.values_list("pk", flat=True)) == [event.seq]


def test_without_a_webhook_nothing_is_put_into_the_outbox() -> None:
    happened()
    gone = a_webhook(cast.ada())
    webhooks.retire(gone, reason="Replaced.", by=Actor.person(cast.ada()), at=SUNDAY_NOON)
    happened()

    assert OutboxEvent.objects.count() == 0


def test_what_webhooks_do_themselves_is_told_by_none(network: Network) -> None:
    endpoint = a_webhook(cast.ada(), *topics.BY_CODE)
    webhooks.pause(endpoint, reason="Moving.", by=Actor.person(cast.ada()), at=SUNDAY_NOON)
    webhooks.resume(endpoint, by=Actor.person(cast.ada()), at=SUNDAY_NOON)

    tasks.deliver_webhooks()

    assert network.posted == []


def test_each_is_told_of_its_topics_only(network: Network) -> None:
    a_webhook(cast.ada(), "orders", name="blotter", url="https://blotter.example.com/")
    a_webhook(cast.ada(), "record", name="portal", url="https://portal.example.com/")
    happened("household.changed")
    happened("block.sent", "bk_0000000000aa")
    happened("household.viewed")

    tasks.deliver_webhooks()

    assert [(url, json.loads(body)["type"]) for url, body, _ in network.posted] == [
        ("https://portal.example.com/", "household.changed"),
        ("https://blotter.example.com/", "block.sent"),
    ]
    assert OutboxEvent.objects.count() == 0


def test_every_noun_of_the_trail_has_one_topic_or_is_told_to_nobody() -> None:
    nouns = {action.value.partition(".")[0] for action in Action}
    named = [noun for topic in topics.TOPICS for noun in topic.nouns]

    assert sorted([*named, *topics.UNTOLD]) == sorted(nouns)


def test_a_message_that_fails_goes_again_with_its_id_and_its_bytes(network: Network) -> None:
    a_webhook(cast.ada())
    happened()
    network.comes_to = [503, sending.NotSent("the host name is not known"), 200]

    for minutes in (0, 1, 5, 30):
        pass_by(minutes=minutes)
        tasks.deliver_webhooks()

    assert len(set(network.ids)) == 1
    assert len({body for _, body, _ in network.posted}) == 1
    assert states() == [("delivered", 3)]
    assert list(WebhookAttempt.objects.values_list("status", "trouble")) == [
        (503, ""),
        (None, "the host name is not known"),
        (200, ""),
    ]
    assert WebhookEndpoint.objects.values_list("failures", "failing_since").get() == (0, None)


@pytest.mark.parametrize(
    ("place", "sent"), [("before it leaves", 0), ("after it has left", 1), ("before it is written down", 1)]
)
def test_a_process_killed_anywhere_delivers_at_least_once_with_the_same_id(
    place: str, sent: int, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_webhook(cast.ada())
    event = happened()

    def killed(*_: Any, **__: Any) -> Any:
        raise SystemExit

    with monkeypatch.context() as broken:
        if place == "before it leaves":
            broken.setattr(sending, "post", killed)
        elif place == "after it has left":
            network.comes_to = [SystemExit()]
        else:
            broken.setattr(deliveries, "settle", killed)
        with pytest.raises(SystemExit):
            tasks.deliver_webhooks()
    assert (len(network.posted), states()) == (sent, [("waiting", 1)])

    tasks.deliver_webhooks()
    assert len(network.posted) == sent, "its attempt may still be under way"
    pass_by(minutes=3)
    tasks.deliver_webhooks()

    assert set(network.ids) == {messages.id_of(event)}
    assert len(network.posted) == sent + 1
    assert states() == [("delivered", 2)]


def test_two_workers_never_send_the_same_attempt() -> None:
    a_webhook(cast.ada())
    happened()
    deliveries.fan_out(at=SUNDAY_NOON)

    first, second = deliveries.take(at=SUNDAY_NOON), deliveries.take(at=SUNDAY_NOON)

    assert first is not None
    assert second is None


def test_an_endpoint_that_fails_is_left_alone_for_a_while(network: Network) -> None:
    a_webhook(cast.ada())
    for _ in range(5):
        happened()
    network.comes_to = [500]

    tasks.deliver_webhooks()
    assert len(network.posted) == 1
    pass_by(seconds=11)
    tasks.deliver_webhooks()

    assert len(network.posted) == 6
    assert {state for state, _ in states()} == {"delivered"}


def test_a_message_nobody_takes_is_given_up_and_an_endpoint_stopped_with_an_alarm(network: Network) -> None:
    endpoint = a_webhook(cast.ada())
    happened()
    network.comes_to = [500] * 100

    for hours in range(96):
        pass_by(hours=hours)
        tasks.deliver_webhooks()

    endpoint.refresh_from_db()
    assert (endpoint.paused_by_id, endpoint.paused_at) == (None, SUNDAY_NOON + timedelta(hours=79))
    stopped = AuditEvent.objects.get(action="webhook.stopped")
    assert json.loads(stopped.facts)["reason"] == endpoint.pause_reason
    (message,) = [one for one in mail.outbox if "A webhook was stopped" in one.subject]
    assert message.to == [cast.ada().email]
    assert endpoint.pause_reason in message.body

    happened()
    webhooks.resume(endpoint, by=Actor.person(cast.ada()), at=SUNDAY_NOON + timedelta(days=5))
    network.comes_to = []
    pass_by(days=5)
    tasks.deliver_webhooks()
    assert states() == [("given_up", 11), ("delivered", 1)]


def test_a_message_has_eleven_attempts_and_is_then_given_up(network: Network) -> None:
    endpoint = a_webhook(cast.ada())
    happened()
    deliveries.fan_out(at=SUNDAY_NOON)
    at, by = SUNDAY_NOON, Actor.system("webhooks")
    attempts = 0
    while taken := deliveries.take(at=at):
        attempts += 1
        deliveries.settle(taken, status=500, by=by, at=at)
        # Another message gets through in between, so that the endpoint itself goes on.
        WebhookEndpoint.objects.update(failures=0, failing_since=None, held_until=None)
        at = WebhookDelivery.objects.get().next_try_at or at

    assert attempts == 11
    assert states() == [("given_up", 11)]
    endpoint.refresh_from_db()
    assert endpoint.paused_at is None


def test_a_receiver_that_is_gone_is_not_asked_again(network: Network) -> None:
    endpoint = a_webhook(cast.ada())
    happened()
    network.comes_to = [410]

    tasks.deliver_webhooks()

    endpoint.refresh_from_db()
    assert endpoint.pause_reason == "The receiver answered that it is gone (410)."


def test_what_happens_during_a_pause_waits_and_goes_afterwards(network: Network) -> None:
    ada = Actor.person(cast.ada())
    endpoint = webhooks.pause(a_webhook(cast.ada()), reason="Moving.", by=ada, at=SUNDAY_NOON)
    happened()

    tasks.deliver_webhooks()
    assert network.posted == []
    webhooks.resume(endpoint, by=ada, at=SUNDAY_NOON)
    tasks.deliver_webhooks()

    assert len(network.posted) == 1


def test_nothing_is_sent_without_a_secret(network: Network) -> None:
    webhooks.make("portal", URL, ["record"], by=Actor.person(cast.ada()), at=SUNDAY_NOON)
    happened()

    tasks.deliver_webhooks()

    assert network.posted == []


def test_both_secrets_sign_for_a_day_after_one_was_replaced() -> None:
    old = a_webhook(cast.ada())
    new = webhooks.mint(old, by=Actor.person(cast.ada()), at=SUNDAY_NOON).endpoint

    day = timedelta(days=1)
    assert webhooks.keys_of(new, at=SUNDAY_NOON + day / 2) == (new.secret, old.secret)
    assert webhooks.keys_of(new, at=SUNDAY_NOON + day) == (new.secret,)
    assert new.secret != old.secret


def test_the_secret_is_encrypted_shown_once_and_erased_in_the_end() -> None:
    ada = cast.ada()
    made = webhooks.make("portal", URL, ["record"], by=Actor.person(ada), at=SUNDAY_NOON)
    page = f"/webhooks/{made.public_id}/"

    shown = page_of(as_(ada).post(f"{page}secret/"))

    secret = shown.minted.secret
    assert secret.startswith("whsec_")
    assert secret not in words_of(as_(ada).get(page))
    assert secret not in json.dumps(list(AuditEvent.objects.values_list("facts", flat=True)))
    assert secret not in _stored()
    webhooks.retire(made, reason="Replaced.", by=Actor.person(ada), at=SUNDAY_NOON)
    made.refresh_from_db()
    assert (made.secret, made.former_secret) == ("", "")


def _stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM advisory_webhookendpoint")
        return str(cursor.fetchall())


def test_the_trail_has_the_host_and_never_what_is_behind_it() -> None:
    a_webhook(cast.ada(), url="https://hooks.example.com/T0K3N?key=s3cret")

    made = AuditEvent.objects.get(action="webhook.made")
    assert "hooks.example.com" in made.facts
    assert "T0K3N" not in made.facts
    assert "s3cret" not in made.facts


def test_ada_makes_changes_pauses_resumes_and_retires_one_in_the_browser() -> None:
    ada = as_(cast.ada())
    typed = {"name": "portal", "url": URL, "wanted": ["record"]}

    page = ada.post("/webhooks/make/", typed)["Location"]
    assert page_of(ada.get(page)).state == "Needs a secret"
    ada.post(f"{page}secret/")
    assert page_of(ada.get(page)).state == "Works"
    change = {**typed, "url": "https://other.example.com/"}
    checked = page_of(ada.post(f"{page}change/", change)).checked
    ada.post(f"{page}change/", {**change, "door_checked": checked})
    ada.post(f"{page}pause/", {"reason": "Moving."})
    assert page_of(ada.get(page)).state == "Paused"
    ada.post(f"{page}resume/")
    ada.post(f"{page}retire/", {"reason": "Replaced."})

    shown = page_of(ada.get(page))
    assert (shown.state, shown.links, shown.may_mint) == ("Retired", (), False)
    assert shown.endpoint.url == "https://other.example.com/"
    assert [event.action for event in shown.history] == [
        f"webhook.{what}" for what in ("retired", "resumed", "paused", "changed", "secret_made", "made")
    ]
    assert "portal" in words_of(ada.get("/webhooks/"))


def test_an_address_inside_the_network_is_refused_at_the_form() -> None:
    typed = {"name": "portal", "url": "https://10.0.0.8/", "wanted": ["record"]}

    answer = as_(cast.ada()).post("/webhooks/make/", typed)

    assert answer.status_code == 422
    assert "inside the firm's network" in words_of(answer).replace("&#x27;", "'")
    assert WebhookEndpoint.objects.count() == 0


def test_a_failed_message_is_sent_again_by_hand_with_the_same_id(network: Network) -> None:
    endpoint = a_webhook(cast.ada())
    failed = a_failed_delivery(endpoint)
    ada = as_(cast.ada())
    (row,) = page_of(ada.get(f"/webhooks/{endpoint.public_id}/")).rows
    assert [one.status for one in row.attempts] == [500]

    ada.post(row.links[0].url)
    pass_by(minutes=1)
    tasks.deliver_webhooks()

    assert network.ids == [row.message]
    assert states() == [("delivered", 1)]
    told = AuditEvent.objects.get(action="webhook.sent_again")
    assert json.loads(told.facts) == {"delivery": failed.public_id, "event": failed.event_id}
    assert page_of(ada.get(f"/webhooks/{endpoint.public_id}/?state=given_up")).rows == ()


def test_cora_reads_the_log_and_changes_nothing_and_others_see_none() -> None:
    endpoint = a_webhook(cast.ada())
    delivery = a_failed_delivery(endpoint)
    page = f"/webhooks/{endpoint.public_id}/"
    cora, ana = as_(cast.cora()), as_(cast.ana())

    shown = page_of(cora.get(page))
    assert (shown.links, shown.may_mint, shown.rows[0].links) == ((), False, ())
    assert [cora.post(f"{page}{what}/").status_code for what in ("secret", "pause")] == [403, 403]
    assert cora.post(f"/webhook-deliveries/{delivery.public_id}/again/").status_code == 403
    assert [ana.get(place).status_code for place in ("/webhooks/", page)] == [403, 404]
    assert ana.post(f"{page}secret/").status_code == 404


def test_programs_read_the_webhooks_and_the_log_without_secrets(network: Network) -> None:
    endpoint = a_webhook(cast.ada())
    a_failed_delivery(endpoint)
    ada = as_(cast.ada())

    (told,) = ada.get("/api/v1/webhooks/").json()["results"]
    (sent,) = ada.get(f"/api/v1/webhook-deliveries/?webhook={endpoint.public_id}").json()["results"]
    minted = ada.post(f"/api/v1/webhooks/{endpoint.public_id}/secret/")

    assert (told["state"], told["topics"], "secret" in told) == ("Failing", ["proposals", "record"], False)
    assert (sent["type"], sent["state"], sent["attempts"][0]["status"]) == (
        "household.changed",
        "waiting",
        500,
    )
    assert minted.status_code == 201
    assert minted.json()["secret"].startswith("whsec_")


def test_what_is_retired_stays_as_it_was() -> None:
    endpoint = a_webhook(cast.ada())
    by = Actor.person(cast.ada())
    webhooks.retire(endpoint, reason="Replaced.", by=by, at=SUNDAY_NOON)

    with pytest.raises(Conflict, match="retired"):
        webhooks.resume(endpoint, by=by, at=SUNDAY_NOON)
    with pytest.raises(Exception, match="settled and never changes"), transaction.atomic():
        WebhookEndpoint.objects.update(url="https://elsewhere.example.com/")
    with pytest.raises(Exception, match="advisory_webhookendpoint"), transaction.atomic():
        WebhookEndpoint.objects.all().delete()


def test_the_log_is_kept_for_ninety_days() -> None:
    endpoint = a_webhook(cast.ada())
    delivery = a_failed_delivery(endpoint)
    late = SUNDAY_NOON + timedelta(days=91)

    assert deliveries.forget(at=late) == 0
    delivery.refresh_from_db()
    assert delivery.state == "given_up"
    assert deliveries.forget(at=late + timedelta(days=89)) == 0
    assert deliveries.forget(at=late + timedelta(days=91)) == 1
    assert not WebhookAttempt.objects.exists()


def test_a_run_ends_in_time_and_the_next_goes_on(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    a_webhook(cast.ada())
    for _ in range(3):
        happened()
    monkeypatch.setattr(delivering, "MOST", 2)

    assert delivering.run(by=Actor.system("webhooks")) == 2
    assert delivering.run(by=Actor.system("webhooks")) == 1


def test_the_trail_still_verifies() -> None:
    a_webhook(cast.ada())
    happened()

    assert audit.verify().is_intact
