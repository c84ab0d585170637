"""What we rely on in the engine beyond its promises. If a release changes it, these fail before an order is lost."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from fixcore.session import session as engine

from rebalancing.fix.session import KeepingSession


def test_the_version_is_the_one_that_was_tried() -> None:
    assert version("fixcore-engine") == "0.15.0"


def test_consume_counts_and_then_dispatches_and_every_message_in_sequence_goes_through_it() -> None:
    body = inspect.getsource(engine.Session._consume)
    counted, dispatched = body.index("aincr_next_target_msg_seq_num"), body.index("_dispatch(")

    assert list(inspect.signature(engine.Session._consume).parameters) == ["self", "msg"]
    assert counted < dispatched
    assert "await self._consume(msg)" in inspect.getsource(engine.Session._handle_sequenced)
    assert "await self._consume(nxt)" in inspect.getsource(engine.Session._drain_queue)


def test_nothing_else_dispatches() -> None:
    source = inspect.getsource(engine.Session)

    assert source.count("self._dispatch(") == 1
    assert source.count("self._consume(") == 2


def test_a_message_is_stored_before_its_number_moves_and_before_it_is_sent() -> None:
    body = inspect.getsource(engine.Session._send_message)
    steps = [
        body.index(step) for step in ("_store.aset(", "aincr_next_sender_msg_seq_num", "self._transmit(")
    ]

    assert steps == sorted(steps)


def test_our_session_overrides_what_it_means_to() -> None:
    for name in ("_consume", "_on_undecodable"):
        assert inspect.iscoroutinefunction(getattr(engine.Session, name))
        assert name in vars(KeepingSession)
    assert callable(engine._checksum_intact)
    assert engine._peek_seq_and_type(b"8=FIX.4.4\x0135=8\x0134=7\x01") == (7, "8")
