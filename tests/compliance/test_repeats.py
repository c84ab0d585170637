"""A request that arrives twice: one effect, one answer, whatever the moment."""

from __future__ import annotations

import threading

import pytest

from advisory.models import User
from compliance import repeats
from compliance.models import RequestKey
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests.at_once import at_once
from tests.clock import MONDAY_NOON

DIGEST, OTHER = "a" * 64, "b" * 64


def key_of(user: User, *, text: str = "one", digest: str = DIGEST) -> repeats.Key:
    return repeats.Key(text=text, request_digest=digest, by=Actor.person(user), at=MONDAY_NOON)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_it_once_and_hear_the_same(ana: User) -> None:
    done: list[int] = []
    lock = threading.Lock()

    def do() -> repeats.Answer:
        with lock:
            done.append(len(done))
        return repeats.Answer(201, {"number": len(done)})

    for number in range(8):
        done.clear()
        key = key_of(ana, text=f"key-{number}")
        outcomes = at_once(*(lambda key=key: repeats.once(key, do) for _ in range(3)))  # type: ignore[misc]

        assert outcomes == [repeats.Answer(201, {"number": 1})] * 3
    assert RequestKey.objects.count() == 8


@pytest.mark.django_db
def test_what_was_refused_is_not_remembered(ana: User) -> None:
    def refuse() -> repeats.Answer:
        raise Conflict("Somebody else was first.")

    with pytest.raises(Conflict):
        repeats.once(key_of(ana), refuse)

    assert not RequestKey.objects.exists()
    assert repeats.once(key_of(ana), lambda: repeats.Answer(200, {})) == repeats.Answer(200, {})


@pytest.mark.django_db
def test_a_key_belongs_to_one_request_of_one_person(ana: User, rui: User) -> None:
    repeats.once(key_of(ana), lambda: repeats.Answer(200, {"by": "ana"}))

    with pytest.raises(BadInput) as refused:
        repeats.once(key_of(ana, digest=OTHER), lambda: repeats.Answer(200, {}))
    assert refused.value.kind == "idempotency-key-reused"
    assert repeats.once(key_of(rui), lambda: repeats.Answer(200, {"by": "rui"})).body == {"by": "rui"}
    assert repeats.once(key_of(ana), lambda: repeats.Answer(500, {})).body == {"by": "ana"}


@pytest.mark.django_db
def test_without_a_key_nothing_is_kept_and_everything_is_done_again(ana: User) -> None:
    done = []
    for _ in range(2):
        repeats.once(key_of(ana, text=""), lambda: done.append(1) or repeats.Answer(200, {}))  # type: ignore[func-returns-value]

    assert len(done) == 2
    assert not RequestKey.objects.exists()
