"""What clients read makes no forecast, claims no performance, promises nothing and uses no desk words."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

import pytest

from rebalancing.client_reports import client_wording, summaries
from rebalancing.client_reports.summaries import Summary
from rebalancing.engine.documents.plan import Reason, Side, Skipped, SkipReason
from rebalancing.proposals import proposals, revisions
from rebalancing.triggers import out_of_band, sleeves_out_of_band
from rebalancing.triggers.triggers import TRIGGERS
from tests.factories.desk import a_desk

ROOT = Path(__file__).parents[3]

TEMPLATES = (
    "templates/rebalancing/portal.html",
    "templates/rebalancing/summary.html",
    "templates/rebalancing/_summary_body.html",
    "templates/rebalancing/consent.html",
    "templates/rebalancing/consent_check.html",
    "templates/rebalancing/consent_done.html",
    "templates/rebalancing/letter.typ",
)
MODULES = (
    "rebalancing/client_reports/client_wording.py",
    "rebalancing/client_reports/summaries.py",
    "rebalancing/client_reports/final_summaries.py",
    "rebalancing/client_reports/letters.py",
    "rebalancing/pages/portal.py",
    "rebalancing/pages/portal_summaries.py",
    "rebalancing/views/portal.py",
    # Letters repeat the sentence of each trigger; a class or a part of one out of its band has the measure's own.
    *(
        f"{kind.__name__.replace('.', '/')}.py"
        for kind in TRIGGERS
        if kind not in (out_of_band, sleeves_out_of_band)
    ),
)

FORBIDDEN = {
    "forecast": r"\b(?:forecast|predict|project(?:ed|ion)|anticipat|we expect|is expected|are expected|outlook)\w*",
    "direction": r"\b(?:will|should|could|may|going to|likely to)\s+(?:rise|fall|grow|gain|recover|rebound|drop|climb|"
    r"increase|decrease|appreciate|outpace)\b",
    "performance": r"\b(?:perform(?:ance|ed|s)|outperform\w*|beat(?:s|ing)? the|alpha|upside|total return|"
    r"annuali[sz]ed|track record)\b",
    "promise": r"\b(?:guarantee\w*|promise\w*|risk-free|no risk|riskless|assured|certain to|safe bet|sure to|"
    r"never lose)\b",
    "praise": r"\b(?:best|optimal\w*|superior|perfect|smart(?:er|est)?|winning|exciting|maximi[sz]\w+|unbeatable)\b",
    "pressure": r"\b(?:act now|don't miss|hurry|last chance|bull market|bear market|crash\w*)\b|!(?=\s|$)",
}
JARGON = r"\b(?:overweight|underweight|harvest\w*|drift\w*|basis points?|bps|rebalanc\w*|exposure|liquidity|turnover|relieves?)\b"


def found(pattern: str, text: str) -> list[str]:
    return [match.group(0) for match in re.finditer(pattern, text, re.IGNORECASE)]


def faults_of(text: str) -> dict[str, list[str]]:
    """The forbidden words of a text, by kind."""
    kinds = {**FORBIDDEN, "jargon": JARGON}
    return {kind: words for kind, pattern in kinds.items() if (words := found(pattern, text))}


def prose_of(path: str) -> str:
    """The words of a template, without its tags, comments and code."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".typ"):
        text = "\n".join(
            line
            for line in text.splitlines()
            if not line.lstrip().startswith(("//", "#set", "#show", "#let"))
        )
        return re.sub(
            r"#[\w.]+(?:\([^()]*\))?|\b(?:image|table|block|grid|line|rgb|luma)\([^()]*\)|[!=]=", " ", text
        )
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", text)


def sentences_in(path: str) -> str:
    """The texts of a module: every string with a blank in it, but for documentation."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    documentation = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return "\n".join(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " " in node.value
        and node not in documentation
    )


def read_aloud(summary: Summary) -> str:
    """Every text of a summary, one a line; names of securities are somebody else's words."""
    return "\n".join(
        (
            summary.headline,
            *summary.why,
            *(one.why for one in summary.changes),
            *(one.sentence for one in summary.taxes),
            *(one.why for one in summary.left_alone),
            *summary.next_steps,
        )
    )


@pytest.mark.parametrize("path", TEMPLATES)
def test_the_templates_for_clients_keep_to_the_facts(path: str) -> None:
    text = prose_of(path)
    assert len(text.split()) > 5, "there are words to check"
    assert faults_of(text) == {}


@pytest.mark.parametrize("path", MODULES)
def test_the_sentences_made_for_clients_keep_to_the_facts(path: str) -> None:
    text = sentences_in(path)
    assert text
    assert faults_of(text) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("taxable_only", [False, True], ids=["with an IRA", "taxable only"])
def test_generated_summaries_keep_to_the_facts(taxable_only: bool) -> None:
    desk = a_desk(taxable_only=taxable_only, custodian="schwab")
    desk.approve()

    text = read_aloud(summaries.value_of(desk.summary))

    assert faults_of(text) == {}
    longest = max((len(sentence.split()) for sentence in re.split(r"(?<=[.;:])\s", text)), default=0)
    assert longest <= 30, "a sentence a client can read in one breath"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We expect stocks to do well.", "forecast"),
        ("Bonds will recover next year.", "direction"),
        ("The fund outperformed its peers.", "performance"),
        ("This is a guaranteed way to save tax.", "promise"),
        ("The optimal portfolio.", "praise"),
        ("Act now!", "pressure"),
        ("You are overweight US stocks.", "jargon"),
        ("We harvest losses.", "jargon"),
    ],
)
def test_the_lint_finds_what_it_looks_for(text: str, kind: str) -> None:
    assert kind in faults_of(text)


@pytest.mark.parametrize("reason", SkipReason)
def test_every_code_has_words_of_its_own_for_clients(reason: SkipReason) -> None:
    left = Skipped(
        account="a",
        security="s",
        lot=None,
        side=Side.SELL,
        explanation="The desk's words.",
        cost_per_dollar=None,
        reason=reason,
    )

    told = client_wording.why_not(left)

    assert faults_of(told) == {}
    assert "desk" not in told


def test_a_gain_that_costs_too_much_is_told_in_dollars() -> None:
    left = Skipped(
        account="a",
        security="s",
        lot="l",
        side=Side.SELL,
        explanation="",
        cost_per_dollar=None,
        reason=SkipReason.TAX_TOO_HIGH,
        gain=D("9980.10"),
    )

    assert client_wording.why_not(left) == (
        "Selling it would realize a gain of $9,980.10; the tax cost would be larger than the benefit."
    )


def test_a_plan_from_before_there_were_codes_is_told_without_the_desks_words() -> None:
    left = Skipped(
        account="a",
        security="s",
        lot=None,
        side=Side.SELL,
        explanation="Relieves little.",
        cost_per_dollar=None,
    )

    assert client_wording.why_not(left) == "We reviewed it and left it unchanged."


@pytest.mark.django_db
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_an_order_has_words_for_clients(reason: Reason) -> None:
    revision = proposals.current(a_desk().propose())
    plan, household = revisions.plan_of(revision), revisions.household_of(revision)
    names = {row.id: row.name for row in household.policy.classes}
    for order in plan.orders:
        told = client_wording.why(
            replace(order, reason=reason),
            plan=plan,
            securities={one.id: one for one in household.securities},
            names=names,
        )
        assert told
        assert faults_of(told) == {}
        assert order.explanation not in told
