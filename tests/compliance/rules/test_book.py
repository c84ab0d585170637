"""The book as a whole: it runs everything, in order, the same way every time, and forgets nothing."""

from __future__ import annotations

import itertools
import random
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from compliance.rules import book
from compliance.rules.facts.case import Case, Override, Stage
from compliance.rules.facts.recorded import Fact, Subject, by_subject
from compliance.rules.facts.thresholds import LooserThreshold, Threshold, Thresholds, by_name
from compliance.rules.findings.severity import Severity, highest
from tests.compliance.rules import cases
from tests.compliance.rules.cases import HEALTHY, MONDAY, MONDAY_ELEVEN, findings, with_lot
from tests.spec.drawn import rows

UNKNOWN_BASIS = with_lot(basis=None)


def tightened(stricter: dict[str, int]) -> Thresholds:
    return Thresholds().tightened(stricter, known=book.THRESHOLDS)


def an_override(**changes: object) -> Override:
    facts: dict[str, object] = {
        "rule": "PTC-36",
        "proposal_hash": "hash of v4",
        "by": "rui",
        "roles": frozenset({"reviewer"}),
        "reason": "basis_on_paper",
        "words": "The 2009 purchase slip is in the file.",
        "at": MONDAY_ELEVEN - timedelta(minutes=5),
        "expires_at": MONDAY_ELEVEN + timedelta(days=1),
    }
    return Override(**facts | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", list(Stage))
def test_the_healthy_proposal_passes_every_rule_at_every_stage(stage: Stage) -> None:
    examination = book.examine(HEALTHY, stage)

    assert examination.concerns == ()
    assert examination.highest is Severity.PASS
    assert examination.releasable


@pytest.mark.parametrize("stage", list(Stage))
def test_every_rule_that_ran_is_reported_also_when_it_passed(stage: Stage) -> None:
    examination = book.examine(HEALTHY, stage)
    expected = [rule.RULE.id for rule in book.RULES if stage.value in rule.RULE.stages]

    assert [run.rule for run in examination.runs] == expected
    assert list(dict.fromkeys(one.rule for one in examination.findings)) == expected


def test_severities_are_ordered() -> None:
    assert Severity.PASS < Severity.WARN < Severity.OVERRIDE < Severity.BLOCK
    for three in itertools.permutations(Severity, 3):
        assert highest(three) is max(three)
    assert highest([]) is Severity.PASS


def test_ids_run_up_and_two_rules_cannot_share_one() -> None:
    ids = [rule.RULE.id for rule in book.RULES]

    assert ids == sorted(set(ids))
    with pytest.raises(ValueError, match="Two rules call themselves PTC-01"):
        book.by_id((*book.RULES, book.RULES[0]))


def test_the_book_is_whole() -> None:
    assert sorted(book.RULES_BY_ID) == [f"PTC-{number:02}" for number in range(1, 49)]


def test_every_file_of_the_folder_with_a_rule_is_in_the_book() -> None:
    files = {
        file.stem
        for file in Path(book.__file__).parent.glob("*.py")
        if "\nRULE = Rule(" in file.read_text("utf-8")
    }

    assert files == {module.__name__.rsplit(".", 1)[-1] for module in book.RULES}


def test_a_column_of_the_record_is_read_in_one_way_only() -> None:
    volume = Fact(Subject.SECURITY, "daily_volume", Decimal, example=Decimal(5))
    other = Fact(Subject.SECURITY, "daily_volume", str, example="5")

    assert by_subject([volume, volume])[Subject.SECURITY] == (volume,)
    with pytest.raises(ValueError, match=r"describe security\.daily_volume differently"):
        by_subject([volume, other])
    with pytest.raises(TypeError, match="its rule expects str"):
        other.of(replace(HEALTHY.securities[0], recorded=(("daily_volume", Decimal(5)),)))


def test_a_figure_has_one_default_only() -> None:
    with pytest.raises(ValueError, match="the threshold price_move differently"):
        by_name([book.THRESHOLDS["price_move"], Threshold("price_move", Decimal(1))])


def test_no_column_of_the_record_is_called_like_a_field_of_the_case() -> None:
    for kind in cases.SUBJECTS:
        assert not set(cases.facts_of(kind)) & {field.name for field in fields(kind)}


def test_the_same_case_gives_the_same_answer_in_whatever_order_its_rows_come() -> None:
    case = with_lot(gain=None, basis=None)
    answer = book.examine(case, Stage.RELEASE)
    shuffle = random.Random(7).sample

    for _ in range(5):
        shuffled = replace(
            case,
            securities=tuple(shuffle(case.securities, 2)),
            positions=tuple(shuffle(case.positions or (), 2)),
            weights=tuple(shuffle(case.weights or (), 2)),
        )
        assert book.examine(shuffled, Stage.RELEASE) == answer


def test_a_case_of_which_nothing_is_known_passes_no_rule_that_needs_a_fact() -> None:
    bare = Case(now=HEALTHY.now, trade_on=MONDAY, household="Ana", trades=HEALTHY.trades)
    passed = {run.rule for run in book.examine(bare, Stage.RELEASE).runs if run.severity is Severity.PASS}

    # These look at nothing but the trades themselves: whole shares, free lots, named lots of known basis, the limit.
    assert passed <= {"PTC-42", "PTC-09", "PTC-24", "PTC-29", "PTC-31", "PTC-35", "PTC-36"}


def test_findings_are_sentences_with_a_way_out() -> None:
    bare = Case(now=HEALTHY.now, trade_on=MONDAY, household="Ana", trades=HEALTHY.trades)
    for one in book.examine(bare, Stage.RELEASE).concerns:
        assert one.sentence.endswith("."), one
        assert one.sentence[0] == one.sentence[0].upper(), one
        assert one.how_to_fix.endswith("."), one


def test_an_override_by_a_colleague_makes_the_proposal_releasable() -> None:
    alone = book.examine(UNKNOWN_BASIS, Stage.RELEASE)
    accepted = book.examine(replace(UNKNOWN_BASIS, overrides=(an_override(),)), Stage.RELEASE)

    assert (alone.highest, alone.releasable) == (Severity.OVERRIDE, False)
    assert (accepted.highest, accepted.releasable) == (Severity.OVERRIDE, True)
    assert [one.rule for one in alone.outstanding] == ["PTC-36"]
    assert accepted.outstanding == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"proposal_hash": "hash of v3"},
        {"by": "ana"},
        {"roles": frozenset({"advisor"})},
        {"reason": " "},
        {"words": ""},
        {"rule": "PTC-10"},
        {"expires_at": MONDAY_ELEVEN},
        {"at": MONDAY_ELEVEN + timedelta(seconds=1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_override_with_one_thing_wrong_counts_for_nothing(changes: dict[str, object]) -> None:
    case = replace(UNKNOWN_BASIS, overrides=(an_override(**changes),))

    assert not book.examine(case, Stage.RELEASE).releasable


def test_nobody_can_override_a_block() -> None:
    case = replace(with_lot(locks=frozenset({"pledge"})), overrides=(an_override(rule="PTC-09"),))

    assert not book.examine(case, Stage.RELEASE).releasable


def test_what_a_rule_looked_at_is_kept_with_its_answer() -> None:
    (found,) = findings("PTC-04", HEALTHY)

    assert found.inputs == (
        ("policy_version", "3"),
        ("last_review_on", "2026-03-02"),
        ("next_review_on", "unknown"),
        ("trade_on", "2026-11-23"),
    )
    assert found.thresholds == (("review_warn_months", "12"), ("review_override_months", "18"))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        threshold         | value | allowed
        review_warn_months |     6 | yes
        review_warn_months |    12 | yes
        review_warn_months |    13 | no
        price_age_minutes  |     5 | yes
        price_age_minutes  |    20 | no
        wash_window_days   |    60 | yes
        wash_window_days   |    29 | no
        no_such_thing      |     1 | no
        """
    ),
    ids=lambda row: f"{row['threshold']} {row['value']}",
)
def test_a_client_may_be_stricter_than_the_firm_and_never_looser(row: dict[str, str]) -> None:
    name, value = row["threshold"], int(row["value"])
    if row["allowed"] == "yes":
        assert tightened({name: value}).of(book.THRESHOLDS[name]) == value
    else:
        with pytest.raises(LooserThreshold, match=name):
            tightened({name: value})


@pytest.mark.parametrize("shares", ["0", "-5", "NaN", "Infinity"])
def test_a_trade_of_no_shares_cannot_be_written_down(shares: str) -> None:
    with pytest.raises(ValueError, match="positive number of shares"):
        replace(HEALTHY.trades[0], shares=Decimal(shares))


def test_a_case_has_a_time_zone_and_one_row_a_key() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(HEALTHY, now=MONDAY_ELEVEN.replace(tzinfo=None))
    with pytest.raises(ValueError, match="Two securities"):
        replace(HEALTHY, securities=(*HEALTHY.securities, HEALTHY.securities[0]))
