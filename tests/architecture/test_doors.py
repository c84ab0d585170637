"""Every fact has a door: what the product declares is there, and nothing is made by the demonstration alone."""

from __future__ import annotations

from compliance.doors import registry
from tests import drawn_doors
from tests.architecture import reachability


def test_every_noun_has_every_act_or_says_why_not() -> None:
    assert drawn_doors.missing(registry.doors(), registry.absent()) == []


def test_every_door_says_what_it_writes() -> None:
    silent = [
        f"{door.noun}: {door.title}"
        for door in registry.doors()
        if door.act not in ("read", "history") and not (door.actions and door.verbs)
    ]

    assert silent == []


def test_every_verb_is_reached_without_the_demo() -> None:
    """A verb that only the demonstration's own code calls is a function nobody has."""
    assert reachability.only_through(*DEMO) - WRITTEN_FOR_THE_DEMO - STILL_WITHOUT == set()


DEMO = ("advisory.management.commands.demo", "advisory.showroom.demo")
WRITTEN_FOR_THE_DEMO = {
    # The demonstration writes the house format, which the product reads.
    "clients.custodians.house.house_writing._cell",
    "clients.custodians.house.house_writing.bundle",
    "clients.custodians.house.house_writing.table_csv",
}
STILL_WITHOUT = {
    "clients.households.life_events.resolve_by_policy",
}
"""What still waits for its door. Take a line off when it has one."""
