"""Trees of models: weights as typed, what keeps a tree from being published, and parts taken from other models."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import TakenPart
from clients.policies import model_portfolios, model_trees
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import BadInput
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, a_published_model, approved, loaded


@pytest.mark.parametrize(
    ("typed", "weight"),
    [
        ("5800", "0.58"),
        ("58%", "0.58"),
        (" 58.25 % ", "0.5825"),
        ("10,000", "1"),
        ("5800 bp", "0.58"),
        ("0", "0"),
        ("0.01%", "0.0001"),
    ],
)
def test_weights_are_typed_in_basis_points_or_percent(typed: str, weight: str) -> None:
    assert model_trees.weight_of(typed) == D(weight)


@pytest.mark.parametrize("typed", ["", "half", "101%", "10001", "-1", "NaN", "Infinity%", "0.00001%"])
def test_what_is_no_weight_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="is no weight"):
        model_trees.weight_of(typed)


@given(st.integers(0, 1_000_000))
def test_a_weight_is_read_back_as_it_was_written(hundredths: int) -> None:
    weight = D(hundredths) / 1_000_000

    assert model_trees.weight_of(model_trees.weight_text(weight)) == weight


def stocks(*members: MemberSpec, weight: str = "1") -> SleeveSpec:
    return SleeveSpec("core", members, D(weight))


US = MemberSpec("ZUS")


@pytest.mark.parametrize(
    ("classes", "fault"),
    [
        ([ClassSpec("us_stock", D("0.98"), (stocks(US),))], "The class weights add up to 9,800 basis points"),
        ([ClassSpec("us_stock", D(1), ())], "us_stock has a weight and no sleeve"),
        (
            [ClassSpec("us_stock", D(1), (stocks(US, weight="0.5"),))],
            "The sleeves of us_stock add up to 5,000",
        ),
        (
            [ClassSpec("us_stock", D(1), (stocks(MemberSpec("ZUS", use="legacy")),))],
            "Nothing is bought in the sleeve core",
        ),
    ],
)
def test_what_keeps_a_tree_from_being_published(classes: list[ClassSpec], fault: str) -> None:
    assert [one[: len(fault)] for one in model_trees.faults(classes)] == [fault]


@given(st.lists(st.integers(1, 9_999), min_size=1, max_size=6))
def test_a_tree_has_no_fault_exactly_where_its_weights_add_up(parts: list[int]) -> None:
    classes = [ClassSpec(f"c{n}", D(part) / 10_000, (stocks(US),)) for n, part in enumerate(parts)]

    assert (model_trees.faults(classes) == []) == (sum(parts) == 10_000)


def published(code: str, classes: list[ClassSpec], *, rui: Any) -> Any:
    version = model_portfolios.draft(
        code=code, name=code.capitalize(), description="", classes=classes, by=SET_UP, at=SUNDAY_NOON
    )
    digest = model_portfolios.fingerprint_of(version)
    return model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, version.model.public_id, digest, reviewer=rui),
        effective_on=LAST_FRIDAY,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )


@pytest.mark.django_db
def test_a_class_taken_from_another_model_is_copied_and_keeps_its_source(rui: Any) -> None:
    loaded(bundle())
    source = a_published_model(reviewer=rui)

    version = model_portfolios.draft(
        code="growth", name="Growth", description="",
        classes=[
            ClassSpec("us_stock", D("0.9"), (), "60-40/1"),
            ClassSpec("us_bond", D("0.1"), (SleeveSpec("core", (), taken_from="60-40/1"),)),
        ],
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip

    assert model_trees.of(version) == (
        ClassSpec("us_bond", D("0.1"), (SleeveSpec("core", (MemberSpec("ZBD"),), taken_from="60-40/1"),)),
        ClassSpec(
            "us_stock",
            D("0.9"),
            (SleeveSpec("total", (MemberSpec("ZUS"), MemberSpec("ZUB", use="alternate", rank=2))),),
            "60-40/1",
        ),
    )
    assert {part.source for part in TakenPart.objects.all()} == {source}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("nothing/1", "There is no published version"),
        ("60-40/9", "There is no published version"),
        ("60-40", "There is no published version"),
    ],
)
def test_a_source_has_to_be_a_published_version(named: str, why: str, rui: Any) -> None:
    loaded(bundle())
    a_published_model(reviewer=rui)

    with pytest.raises(BadInput, match=why):
        model_trees.expanded([ClassSpec("us_stock", D(1), (), named)], of_model="growth")


@pytest.mark.django_db
def test_no_two_models_take_from_each_other_through_any_number_of_steps(rui: Any) -> None:
    """b takes from a, c from b; a may take from neither, since each would then wait for the other."""
    loaded(bundle())
    published("a", [ClassSpec("us_stock", D(1), (stocks(US),))], rui=rui)
    for code, source in (("b", "a/1"), ("c", "b/1")):
        version = published(code, [ClassSpec("us_stock", D(1), (), source)], rui=rui)
        assert model_trees.of(version)[0].sleeves == (stocks(US),)

    for named in ("a/1", "b/1", "c/1"):
        with pytest.raises(BadInput, match="follow each other"):
            model_trees.expanded([ClassSpec("us_stock", D(1), (), named)], of_model="a")
    assert model_trees.origins(model_trees.version_named("c/1")) == {"a", "b"}
