"""The band bar: what it says in words, and that the picture agrees with them."""

from __future__ import annotations

from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import drawings
from clients.drawings import FRAMES, BandBar
from clients.figures import NO_BREAK
from tests.spec.drawn import rows

D = Decimal
SVG = "{http://www.w3.org/2000/svg}"


def a_bar(before: str | None = "0.682", after: str | None = "0.62", label: str = "US stocks") -> BandBar:
    return BandBar(
        label, D("0.60"), D("0.55"), D("0.65"), D(before) if before else None, D(after) if after else None
    )


def drawn(bar: BandBar, size: drawings.Size = "row") -> Element:
    return fromstring(drawings.svg(bar, size))


def shapes(root: Element, css: str) -> list[Element]:
    return [each for each in root.iter() if each.get("class") == css]


SENTENCES = rows("""
    before | after  | sentence                                                     | verdict
    0.682  | 0.62   | US stocks 68.2%, allowed 55–65, target 60; after 62.0       | above its band by 3.2 pts
    0.612  |        | US stocks 61.2%, allowed 55–65, target 60                   | inside its band
    0.531  | 0.575  | US stocks 53.1%, allowed 55–65, target 60; after 57.5       | below its band by 1.9 pts
    0.65   | 0.65   | US stocks 65.0%, allowed 55–65, target 60; after 65.0       | inside its band
    0.6501 |        | US stocks 65.01%, allowed 55–65, target 60                  | above its band by 0.01 pts
           |        | US stocks unknown, allowed 55–65, target 60                  | weight unknown
""")


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: row["before"] or "unknown")
def test_the_sentence_and_the_verdict_say_what_the_picture_shows(row: dict[str, str]) -> None:
    bar = a_bar(row["before"] or None, row["after"] or None)

    assert bar.sentence.replace(NO_BREAK, " ") == row["sentence"]
    assert bar.verdict == row["verdict"]


def test_uneven_limits_keep_their_decimals() -> None:
    bar = BandBar("Real estate", D("0.10"), D("0.075"), D("0.125"), D("0.1"))

    assert bar.sentence.replace(NO_BREAK, " ") == "Real estate 10.0%, allowed 7.5–12.5, target 10"


def test_a_band_that_does_not_hold_its_target_is_refused() -> None:
    with pytest.raises(ValueError, match="outside its own band"):
        BandBar("US stocks", D("0.70"), D("0.55"), D("0.65"), None)


@pytest.mark.parametrize("size", FRAMES)
def test_every_size_carries_the_sentence_for_those_who_cannot_see_it(size: drawings.Size) -> None:
    root = drawn(a_bar(), size)

    assert (root.get("role"), root.get("aria-label")) == ("img", a_bar().sentence)
    assert root.findtext(f"{SVG}title") == a_bar().sentence
    assert root.findtext(f"{SVG}desc") == "above its band by 3.2 pts"


def test_before_is_hollow_and_after_is_filled_so_that_grayscale_tells_them_apart() -> None:
    root = drawn(a_bar())

    assert [mark.get("fill") for mark in shapes(root, "band-bar-before")] == ["#ffffff"]
    assert [mark.get("fill") for mark in shapes(root, "band-bar-after")] == ["currentColor"]


def test_only_what_lies_outside_the_band_is_hatched() -> None:
    assert len(shapes(drawn(a_bar("0.682", "0.62")), "band-bar-excess")) == 1
    assert len(shapes(drawn(a_bar("0.702", "0.667")), "band-bar-excess")) == 2
    assert shapes(drawn(a_bar("0.65", "0.55")), "band-bar-excess") == []


def test_a_weight_off_the_scale_becomes_an_arrow_at_the_end() -> None:
    above, below = drawn(a_bar("0.94", None)), drawn(a_bar("0.0", None))

    assert [mark.tag for mark in shapes(above, "band-bar-before")] == [f"{SVG}path"]
    assert [mark.tag for mark in shapes(below, "band-bar-before")] == [f"{SVG}path"]
    assert [mark.tag for mark in shapes(drawn(a_bar()), "band-bar-before")] == [f"{SVG}circle"]


def test_an_unknown_weight_has_a_question_mark_and_no_mark_at_nought() -> None:
    root = drawn(a_bar(None, None), "mini")

    assert shapes(root, "band-bar-before") == []
    assert [each.text for each in shapes(root, "band-bar-unknown")] == ["?"]


def test_two_equal_weights_do_not_write_over_each_other() -> None:
    root = drawn(a_bar("0.65", "0.65"), "card")
    before, after = shapes(root, "band-bar-figure-before")[0], shapes(root, "band-bar-figure-after")[0]

    assert (before.get("text-anchor"), after.get("text-anchor")) == ("end", "start")
    assert float(after.get("x", "")) - float(before.get("x", "")) >= 6


def test_a_name_with_markup_in_it_stays_a_name() -> None:
    text = drawings.svg(a_bar(label='<script>alert("x")</script> & Sons'), "letter")

    assert "<script" not in text
    assert fromstring(text).findtext(f"{SVG}title", "").startswith('<script>alert("x")</script> & Sons')


def test_a_letter_needs_no_style_sheet() -> None:
    """Nothing in it refers to a page: no style, no id, no color but the ink's and the paper's."""
    for each in drawn(a_bar(), "letter").iter():
        assert {"style", "id"}.isdisjoint(each.keys())
        assert {each.get("fill"), each.get("stroke")} <= {None, "none", "currentColor", "#ffffff"}


fractions = st.decimals(min_value=0, max_value=1, places=4)


@given(
    limits=st.tuples(fractions, fractions, fractions).map(sorted),
    before=fractions,
    after=fractions,
    size=st.sampled_from(list(FRAMES)),
)
def test_marks_stand_in_the_order_of_their_weights_and_inside_the_frame(
    limits: list[Decimal], before: Decimal, after: Decimal, size: drawings.Size
) -> None:
    lower, target, upper = limits
    bar = BandBar("Any", target, lower, upper, before, after)
    frame = FRAMES[size]
    scale = drawings._Scale.of(bar, frame)

    places = [scale.x(weight) for weight in sorted((before, after, target, lower, upper))]
    assert places == sorted(places)
    assert frame.margin <= places[0]
    assert places[-1] <= frame.width - frame.margin
    fromstring(drawings.svg(bar, size))


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [(True, "on the edge of its band, which counts as outside"), (False, "inside its band")],
)
def test_a_weight_on_an_edge_is_drawn_as_it_was_measured(measured: bool, verdict: str) -> None:
    edge = D("0.65")
    bar = BandBar(
        "US stocks", D("0.60"), D("0.55"), edge, edge, edge, measured_before=measured, measured_after=measured
    )

    assert (bar.is_outside_before, bar.is_outside_after, bar.verdict) == (measured, measured, verdict)
