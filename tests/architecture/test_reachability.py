"""Nothing is kept for later: what no door of the product reaches is listed (`waiting.py`) with its issue."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import reachability
from tests.architecture.reachability import ENGINE
from tests.architecture.sources import APPS, PROJECT, Module
from tests.architecture.waiting import CALLED_BY_FRAMEWORKS, WAITING, listed


def unreached() -> set[str]:
    reach = reachability.of_the_product()
    return {name for app in APPS for name in reach.unreached(app)}


def allowed() -> set[str]:
    """The list, each module as the definitions in it, with what only these call."""
    reach = reachability.of_the_product()
    names = listed() | CALLED_BY_FRAMEWORKS.keys()
    inside = {name for name in reach.definitions if name.rpartition(".")[0] in names}
    return names | inside | reachability.closure(reach.definitions, names | inside, set())


def test_what_no_door_reaches_is_listed_with_the_issue_that_wires_it() -> None:
    assert sorted(unreached() - allowed()) == [], (
        "Only tests reach this. Call it from the product, delete it, or name the issue that needs it in waiting.py."
    )


def test_what_is_listed_is_there_and_still_unreached() -> None:
    reach = reachability.of_the_product()
    still = unreached() | {module for app in APPS for module in reach.unreached_modules(app)}

    assert sorted((listed() | CALLED_BY_FRAMEWORKS.keys()) - still) == [], (
        "This is reached now, gone, or part of something listed whole: take it off the list."
    )


def test_a_module_that_only_tests_reach_is_listed_whole() -> None:
    assert sorted(set(reachability.of_the_product().unreached_modules(ENGINE)) - listed()) == []


def test_nothing_waits_for_two_issues() -> None:
    names = [name for waiting in WAITING.values() for name in waiting]
    assert len(names) == len(set(names))


# The search itself, on small products of our own making.


def product(**texts: str) -> list[Module]:
    """Modules of a product by their names, `_` for the dot: each the text it consists of."""
    path = PROJECT / "manage.py"
    return [Module(name.replace("__", "."), path, ast.parse(text)) for name, text in texts.items()]


def left_over(*, started: str, **texts: str) -> set[str]:
    """What a door with this text does not reach of the other modules."""
    modules = product(clients__tasks=started, **texts)
    reach = reachability.follow(modules)
    return {
        name
        for name, each in reach.definitions.items()
        if name not in reach.reached and reachability.is_named(each)
    }


@pytest.mark.parametrize(
    "door",
    [
        "from clients.a import asked\nasked()",
        "from clients import a\na.asked()",
        "import clients.a\nclients.a.asked()",
        "import clients.a as other\nother.asked()",
        "from clients import a\ndef work(x: a.asked): ...",
        "def work():\n    from clients.a import asked\n    return [asked for x in ()]",
        "from clients import a\nTABLE = {'k': lambda x: a.asked(x)}",
        "PATH = 'clients.a.asked'",
        "from clients import a\nfor each in (a,):\n    each.asked()",
    ],
)
def test_what_a_door_names_is_reached(door: str) -> None:
    assert left_over(started=door, clients__a="def asked(): ...\ndef other(): ...") <= {"clients.a.other"}


@pytest.mark.parametrize(
    "door",
    [
        "from clients import a",
        "from clients.a import asked",
        "def asked(): ...\nasked()",
        "from clients import a\ndef work(a):\n    return a.asked",
        "from clients import a\na.other()",
    ],
)
def test_what_no_door_names_is_not(door: str) -> None:
    assert "clients.a.asked" in left_over(
        started=door, clients__a="def asked(): ...\ndef other():\n    asked = 1\n    return asked"
    )


def test_it_goes_on_from_what_is_reached_and_not_from_what_is_not() -> None:
    text = "def first():\n    return second()\ndef second(): ...\ndef third():\n    return fourth()\ndef fourth(): ..."

    assert left_over(started="from clients.a import first\nfirst()", clients__a=text) == {
        "clients.a.third",
        "clients.a.fourth",
    }


def test_a_name_handed_on_is_found_where_it_was_defined() -> None:
    left = left_over(
        started="from clients import shop\nshop.asked()",
        clients__shop="from clients.a import asked",
        clients__a="def asked(): ...",
    )
    assert left == set()


def test_a_method_is_reached_when_its_name_is_asked_of_anything() -> None:
    text = "class Band:\n    def upper(self): ...\n    def lower(self): ...\n    def __len__(self): ..."
    door = "from clients.a import Band\ndef work(band: Band):\n    return band.upper()"

    assert left_over(started=door, clients__a=text) == {"clients.a.Band.lower"}


def test_a_table_of_the_engine_reaches_only_what_reads_it() -> None:
    text = "def asked(): ...\nTABLE = {'k': asked}\ndef reading():\n    return TABLE\ndef beside(): ..."
    name = "rebalancing.engine.a"

    def left(door: str) -> set[str]:
        return left_over(started=door, rebalancing__engine__a=text)

    assert left("from rebalancing.engine.a import beside\nbeside()") == {f"{name}.asked", f"{name}.reading"}
    assert left("from rebalancing.engine.a import reading\nreading()") == {f"{name}.beside"}


def test_a_class_of_a_framework_is_reached_with_all_its_methods() -> None:
    text = "from django.views import View\nclass Page(View):\n    def get(self): ...\nclass Own(Page):\n    def post(self): ..."

    assert left_over(started="from clients.a import Own\nOwn()", clients__a=text) == set()
