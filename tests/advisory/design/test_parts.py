"""Each part in each of its states, as a page would include it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from advisory.desk import chips
from clients.drawings import BandBar
from compliance.lists.listing import Pager
from compliance.refusals import Cause, Stale

D = Decimal
Render = Callable[..., str]


@pytest.fixture
def render() -> Render:
    """Render a piece of template and squeeze its white space, so that tests compare words and not lines."""

    def rendered(source: str, **context: Any) -> str:
        template = engines["django"].from_string("{% load evenkeel %}" + source)
        return re.sub(r"\s+", " ", template.render(context, RequestFactory().get("/"))).strip()

    return rendered


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


@pytest.mark.parametrize(
    ("source", "value", "reads"),
    [
        ("{{ value|money }}", D("1234.5"), "$1,234.50"),
        ("{{ value|money0 }}", D("1234.5"), "$1,235"),
        ("{{ value|signed_money }}", D("-3"), "−$3.00"),
        ("{{ value|signed_money0 }}", D("3"), "+$3"),
        ("{{ value|amount }}", D("1234.5"), "1,234.50"),
        ("{{ value|amount0 }}", D("1234.5"), "1,235"),
        ("{{ value|signed_amount }}", D("5"), "+5.00"),
        ("{{ value|weight }}", D("0.682"), "68.20%"),
        ("{{ value|weight_number }}", D("0.682"), "68.20"),
        ("{{ value|points }}", D("0.018"), "+1.8 pts"),
        ("{{ value|quantity }}", D("12.50"), "12.5"),
        ("{{ value|day }}", date(2026, 12, 12), "Dec 12, 2026"),
        ("{{ value|moment }}", datetime(2026, 12, 12, 11, 2, tzinfo=UTC), "Dec 12, 2026, 06:02 ET"),
        ("{{ value|clock }}", datetime(2026, 12, 12, 11, 2, tzinfo=UTC), "06:02 ET"),
        ("{{ value|masked }}", "1234", "····1234"),
        ("{{ value|known }}", "Roth IRA", "Roth IRA"),
    ],
)
def test_a_filter_words_a_value_and_says_unknown_for_a_missing_one(
    render: Render, source: str, value: object, reads: str
) -> None:
    assert render(source, value=value) == reads
    assert render(source, value=None) == "unknown"


def test_a_page_that_lacks_a_figure_fails_loudly_instead_of_showing_nothing(render: Render) -> None:
    with pytest.raises(TypeError, match="Decimal, int or None"):
        render("{{ page.totl|money }}", page={"total": D(1)})


@pytest.mark.parametrize(
    ("tag", "value", "tone", "reads"),
    [
        ("{% state value %}", "approved", "order", "Approved"),
        ("{% state value %}", "changes_requested", "attention", "Changes requested"),
        ("{% state value 'Waits for Elena' %}", "awaiting_consent", "action", "Waits for Elena"),
        ("{% state value %}", "never_heard_of", "plain", "Never heard of"),
        ("{% severity value %}", "block", "breach", "Blocks"),
        ("{% severity value %}", "pass", "order", "Passed"),
        ("{% term value %}", "long", "plain", "Long-term"),
        ("{% term value %}", None, "attention", "Term unknown"),
    ],
)
def test_a_chip_has_a_word_and_a_tone(
    render: Render, tag: str, value: str | None, tone: str, reads: str
) -> None:
    chip = render(tag, value=value)

    assert f'data-tone="{tone}"' in chip
    assert words(chip) == reads


def test_a_severity_nobody_knows_is_an_error_because_a_blocker_must_not_look_like_a_note() -> None:
    with pytest.raises(ValueError, match="no severity is called 'blokc'"):
        chips.severity_of("blokc")


def test_a_chip_escapes_its_words(render: Render) -> None:
    assert "&lt;b&gt;" in render("{% state 'open' value %}", value="<b>")


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        (D("1204.11"), "gain +$1,204.11"),
        (D("-406.29"), "loss −$406.29"),
        (D("0"), "$0.00"),
        (D("-0.0001"), "$0.00"),
        (None, "tax unknown"),
    ],
)
def test_a_gain_says_in_words_what_its_sign_says(render: Render, value: Decimal | None, reads: str) -> None:
    assert words(render("{% gain value %}", value=value)) == reads


@pytest.mark.parametrize(
    ("value", "is_outside", "reads"),
    [
        (D("0.082"), True, "▲ +8.2 pts outside the band"),
        (D("-0.069"), True, "▼ −6.9 pts outside the band"),
        (D("0.004"), False, "+0.4 pts"),
        (None, True, "unknown"),
    ],
)
def test_a_drift_outside_its_band_has_a_shape_and_a_word(
    render: Render, value: Decimal | None, is_outside: bool, reads: str
) -> None:
    assert words(render("{% drift value is_outside %}", value=value, is_outside=is_outside)) == reads


def test_an_account_is_read_out_as_words(render: Render) -> None:
    assert words(render("{% account_mask '1234' %}")) == "····1234 account ending in 1234"


@pytest.mark.parametrize(
    ("before", "after", "reads"),
    [
        (D("0.682"), D("0.62"), "Now inside"),
        (D("0.612"), D("0.60"), "Inside"),
        (D("0.702"), D("0.667"), "Outside"),
        (D("0.682"), None, "Outside"),
        (None, None, "Unknown"),
    ],
)
def test_the_allocation_twin_gives_every_bar_a_row_and_a_verdict(
    render: Render, before: Decimal | None, after: Decimal | None, reads: str
) -> None:
    bar = BandBar("US stocks", D("0.60"), D("0.55"), D("0.65"), before, after)

    html = render(
        '{% include "_parts/allocation.html" with caption="Allocation" has_after=True %}', bars=[bar]
    )

    row = html.split("<tbody>")[1].split("</tbody>")[0]
    assert re.sub(r"<svg.*?</svg>", "", row).count("</t") == 9
    assert words(row).endswith(reads)
    assert ("unknown" in words(row)) == (before is None or after is None)
    assert '<th scope="row">US stocks</th>' in row


def test_a_refusal_is_a_sentence_its_way_out_and_its_causes(render: Render) -> None:
    stale = Stale(
        "2 prices moved.", "Re-price the proposal.", causes=[Cause("VTI", shown="291.10", now="297.42")]
    )

    html = render('{% include "_parts/refusal.html" %}', refusal=stale)

    assert words(html) == "2 prices moved. Re-price the proposal. VTI: shown 291.10, now 297.42"
    assert render('{% include "_parts/refusal.html" %}', refusal=None) == ""
    assert (
        words(render('{% include "_parts/refusal.html" %}', refusal="You drafted it.")) == "You drafted it."
    )


class CashNeed(forms.Form):
    amount = forms.DecimalField(label="Amount", help_text="In dollars.")
    kind = forms.ChoiceField(label="Kind", choices=[("once", "Once")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False)


def test_the_error_summary_takes_the_focus_and_links_each_error_to_its_field(render: Render) -> None:
    form = CashNeed({"amount": "much", "kind": ""})

    html = render('{% include "_parts/error_summary.html" %}', form=form)

    assert "data-takes-focus" in html
    assert re.findall(r'<a href="#(\w+)">([^<]+)</a>', html) == [
        ("id_amount", "Enter a number."),
        ("id_kind_0", "Choose “Kind”."),
    ]
    assert render('{% include "_parts/error_summary.html" %}', form=CashNeed()) == ""


class Consent(forms.Form):
    amount = forms.DecimalField(label="Amount")
    account = forms.ChoiceField(label="Account", choices=[("a", "Roth IRA")])
    agreed = forms.BooleanField(label="The client agreed")
    reason = forms.CharField(label="Reason", error_messages={"required": "Say why, for the audit trail."})


def test_an_empty_field_is_named_in_the_summary_and_own_words_are_kept(render: Render) -> None:
    html = render('{% include "_parts/error_summary.html" %}', form=Consent({}))

    assert re.findall(r"<a [^>]+>([^<]+)</a>", html) == [
        "Fill in “Amount”.",
        "Choose “Account”.",
        "Tick “The client agreed”.",
        "Say why, for the audit trail.",
    ]


def test_a_field_ties_label_hint_error_and_input_together(render: Render) -> None:
    form = CashNeed({"amount": "much", "kind": "once"})

    html = render('{% include "_parts/field.html" with field=form.amount %}', form=form)

    described_by = re.search(r'aria-describedby="([^"]+)"', html)
    assert described_by
    assert all(f'id="{name}"' in html for name in described_by[1].split())
    assert "data-invalid" in html
    assert 'aria-invalid="true"' in html
    assert 'value="much"' in html
    assert words(html).startswith("Amount In dollars. Error: Enter a number.")
    assert "(optional)" in render('{% include "_parts/field.html" with field=form.note %}', form=form)
    assert "<legend>Kind</legend>" in render(
        '{% include "_parts/field.html" with field=form.kind %}', form=form
    )


def test_the_pager_keeps_the_filters_and_says_where_one_is(render: Render) -> None:
    include = '{% include "_parts/pager.html" with query="state=open" %}'

    middle = render(include, pager=Pager(number=2, first=51, last=100, count=120, previous=1, next=3))
    only = render(include, pager=Pager(number=1, first=1, last=3, count=3, previous=None, next=None))
    none = render(include, pager=Pager(number=1, first=0, last=0, count=0, previous=None, next=None))

    assert words(middle) == "Show all 50 rows of this page 51–100 of 120 Previous page Page 2 Next page"
    assert 'href="?state=open&amp;page=3"' in middle
    assert [words(only), words(none)] == ["1–3 of 3", "0 rows"]


def test_an_empty_list_teaches_what_would_be_there(render: Render) -> None:
    include = '{% include "_parts/empty.html" with title="No proposals yet" body="After a scan." url="/" link="Scans" %}'

    assert words(render(include)) == "No proposals yet After a scan. Scans"


def test_the_timeline_says_what_when_and_who(render: Render) -> None:
    events = [
        {
            "at": datetime(2026, 11, 20, 11, 2, tzinfo=UTC),
            "sentence": "Approved",
            "by": "Rui",
            "tone": "order",
        },
        {"at": datetime(2026, 11, 20, 10, 2, tzinfo=UTC), "sentence": "Opened", "note": "By the scan."},
    ]

    html = render('{% include "_parts/timeline.html" %}', events=events)

    assert words(html) == "Approved Nov 20, 2026, 06:02 ET · Rui Opened By the scan. Nov 20, 2026, 05:02 ET"
    assert re.findall(r'data-tone="(\w+)"', html) == ["order", "plain"]


def test_a_key_figure_says_what_it_was(render: Render) -> None:
    html = render(
        '{% include "_parts/key_figure.html" with label="Drift" before="+8.2 pts" value="+2.2 pts" note="Stocks" %}'
    )

    assert words(html) == "Drift +2.2 pts was +8.2 pts · Stocks"


def test_a_wide_table_scrolls_in_a_box_the_keyboard_reaches(render: Render) -> None:
    html = render("{% scroll_box value %}<table></table>{% endscroll_box %}", value='Lots of "A & B"')

    assert html == (
        '<div class="scroll-box" role="group" tabindex="0" aria-label="Lots of &quot;A &amp; B&quot;">'
        "<table></table></div>"
    )


def test_htmx_may_neither_evaluate_nor_store_and_shows_the_errors_people_must_see(render: Render) -> None:
    found = re.search(r"name=\"htmx-config\" content='([^']+)'", render('{% include "base.html" %}'))
    assert found
    config = json.loads(found[1])
    rules = config.pop("responseHandling")

    def swaps(status: str) -> bool:
        """As htmx reads its rules: the first whose pattern fits decides."""
        return next(rule["swap"] for rule in rules if re.search(rule["code"], status))

    statuses = [
        "200",
        "204",
        "302",
        "400",
        "403",
        "404",
        "409",
        "412",
        "422",
        "423",
        "428",
        "429",
        "500",
        "503",
    ]
    assert [status for status in statuses if not swaps(status)] == ["204", "404"]
    assert config == {
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "scrollIntoViewOnBoost": False,
    }


def test_the_base_page_has_one_live_region_a_skip_link_and_its_target(render: Render) -> None:
    html = render('{% include "base.html" %}')

    assert html.count('role="status"') == 1
    assert '<a class="skip-link" href="#main">' in html
    assert '<main id="main"' in html


def test_messages_wear_the_tone_of_their_level(render: Render) -> None:
    levels = ["info", "success", "warning", "error"]

    html = render(
        '{% include "_parts/messages.html" %}',
        messages=[SimpleNamespace(level_tag=level) for level in levels],
    )

    assert re.findall(r'data-tone="(\w+)"', html) == ["plain", "order", "attention", "breach"]
    assert render('{% include "_parts/messages.html" %}', messages=[]) == ""


def test_a_filter_and_a_tab_say_which_one_is_on(render: Render) -> None:
    choices = [
        {"label": "All", "url": "?", "is_on": False, "count": 0},
        {"label": "Held", "url": "?state=held", "is_on": True, "count": None},
    ]

    filters = render('{% include "_parts/filters.html" with label="State" %}', filters=choices)
    tabs = render('{% include "_parts/tabs.html" %}', tabs=choices)

    assert re.findall(r'href="([^"]+)" aria-current', filters) == ["?state=held"]
    assert re.findall(r'href="([^"]+)" aria-current="page"', tabs) == ["?state=held"]
    assert [words(filters), words(tabs)] == ["All 0 Held", "All 0 Held"]


def test_a_tile_is_a_count_that_leads_to_what_it_counted(render: Render) -> None:
    tile = {"count": 2, "label": "blocked", "url": "/?tile=blocked", "tone": "breach"}

    html = render('{% include "_parts/tile.html" %}', tile=tile)

    assert words(html) == "2 blocked"
    assert 'href="/?tile=blocked" data-count="2" data-tone="breach"' in html


def test_a_finding_says_how_grave_what_and_by_which_rule(render: Render) -> None:
    finding = {
        "severity": "block",
        "sentence": "No consent.",
        "how_to_fix": "Ask Elena.",
        "rule": "PTC-25, version 1",
    }

    html = render('{% include "_parts/finding.html" %}', finding=finding)

    assert words(html) == "Blocks No consent. Ask Elena. PTC-25, version 1"


def test_an_amount_carries_its_exact_value_for_machines(render: Render) -> None:
    known = render('{% include "_parts/money.html" %}', amount=D("1234.505"))
    unknown = render('{% include "_parts/money.html" %}', amount=None)

    assert known == '<data class="figure" value="1234.505">$1,234.51</data>'
    assert unknown == '<data class="figure" value="">unknown</data>'


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "refusal", "form_expired"])
def test_every_error_page_stands_without_any_facts(render: Render, name: str) -> None:
    html = render(f'{{% include "errors/{name}.html" %}}', page={"title": "Refused"})

    assert re.search(r"<h1>[^<]+</h1>", html)
    assert "quote this number" not in html
