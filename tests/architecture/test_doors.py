"""Every fact has a door: what the product declares is there, and nothing is made by the demonstration alone."""

from __future__ import annotations

from compliance.doors import registry
from compliance.doors.door import FormDoor
from compliance.rules import book
from compliance.rules.facts.recorded import Subject
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
    assert reachability.only_through(*DEMO) - WRITTEN_FOR_THE_DEMO == set()


def test_every_fact_that_a_rule_reads_can_be_typed_at_a_door() -> None:
    """A rule that says "record it" leads nowhere when no form has the field. The policy's facts are its editor's."""
    typed = {
        name for door in registry.doors() if isinstance(door, FormDoor) for name in door.form.base_fields
    }
    read = {
        fact.name for subject, facts in book.FACTS.items() if subject is not Subject.POLICY for fact in facts
    }

    assert read - typed == set()


DEMO = ("advisory.management.commands.demo", "advisory.showroom.demo")
WRITTEN_FOR_THE_DEMO = {
    # The demonstration writes the house format, which the product reads.
    "clients.custodians.house.house_writing._cell",
    "clients.custodians.house.house_writing.bundle",
    "clients.custodians.house.house_writing.table_csv",
}
