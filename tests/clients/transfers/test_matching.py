"""Which movement belongs to which transfer, and which two are one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as some

from clients.transfers import matching
from clients.transfers.matching import Awaited, Move

DAY = date(2026, 11, 20)
TOLERANCE = D("0.001")


def move(key: int, shares: int, *, account: int = 1, days: int = 0, owner: str = "harts") -> Move:
    return Move(key, account, owner, 7, D(shares), DAY + timedelta(days=days))


def awaited(transfer: int, shares: int, *, account: int = 1, is_in: bool = True) -> Awaited:
    return Awaited(transfer, account, 7, is_in, D(shares), DAY)


def parts(moves: list[Move], *waiting: Awaited) -> list[tuple[int, int]]:
    return [(key, one.key) for key, one in matching.match(moves, waiting, tolerance=TOLERANCE).parts]


def test_a_movement_of_just_the_shares_is_the_transfer() -> None:
    assert parts([move(1, 100)], awaited(9, 100)) == [(9, 1)]
    assert parts([move(1, -100)], awaited(9, 100, is_in=False)) == [(9, 1)]


def test_parts_of_a_transfer_come_as_movements_of_their_own() -> None:
    assert parts([move(1, 60), move(2, 40)], awaited(9, 100)) == [(9, 1), (9, 2)]


def test_more_than_is_awaited_the_other_way_or_elsewhere_is_not_part_of_it() -> None:
    for one in (move(1, 101), move(1, -100), move(1, 100, account=2)):
        found = matching.match([one], [awaited(9, 100)], tolerance=TOLERANCE)
        assert (found.parts, found.unexplained) == ([], [one])


def test_the_transfer_of_exactly_these_shares_comes_first() -> None:
    assert parts([move(1, 100)], awaited(8, 300), awaited(9, 100)) == [(9, 1)]


def test_two_halves_of_a_journal_are_one_transfer() -> None:
    out, into = move(1, -100), move(2, 100, account=2, days=3)

    found = matching.match([into, out], [], tolerance=TOLERANCE)

    assert (found.pairs, found.unexplained) == ([(out, into)], [])


def test_what_is_too_far_apart_or_of_another_owner_is_no_pair() -> None:
    out = move(1, -100)
    for other in (
        move(2, 100, account=2, days=11),
        move(2, 100, account=2, owner="millers"),
        move(2, 99, account=2),
        move(2, 100),
    ):
        found = matching.match([out, other], [], tolerance=TOLERANCE)
        assert (found.pairs, found.unexplained) == ([], [out, other])


moves = some.lists(
    some.builds(
        move, some.integers(1, 10**6), some.integers(-50, 50).filter(bool), account=some.integers(1, 3),
        days=some.integers(0, 12),
    ),
    unique_by=lambda one: one.key, max_size=8,
)  # fmt: skip
waits = some.lists(
    some.builds(awaited, some.integers(1, 4), some.integers(1, 60), account=some.integers(1, 3), is_in=some.booleans()),
    unique_by=lambda one: (one.transfer, one.is_in), max_size=4,
)  # fmt: skip


@given(moves, waits, some.randoms(use_true_random=False))
def test_every_movement_is_told_once_however_they_are_listed_and_no_transfer_gets_too_much(
    given_moves: list[Move], waiting: list[Awaited], chance: object
) -> None:
    found = matching.match(given_moves, waiting, tolerance=TOLERANCE)
    shuffled = list(given_moves)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    told = [one.key for _, one in found.parts] + [one.key for pair in found.pairs for one in pair]
    assert sorted(told + [one.key for one in found.unexplained]) == sorted(one.key for one in given_moves)
    assert matching.match(shuffled, waiting, tolerance=TOLERANCE) == found
    for out, into in found.pairs:
        assert out.shares + into.shares == 0
    for one in waiting:
        taken = sum(
            (
                abs(part.shares)
                for key, part in found.parts
                if key == one.transfer and (part.shares > 0) == one.is_in
            ),
            D(0),
        )
        assert taken <= sum(
            (each.left for each in waiting if (each.transfer, each.is_in) == (one.transfer, one.is_in)), D(0)
        ) + TOLERANCE * len(given_moves)
