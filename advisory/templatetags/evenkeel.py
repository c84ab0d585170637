"""Template tags and filters: formatted figures, chips, the band bar, the frame.

The filters only format values that are already computed (clients/figures.py holds the formats, because
letters and refusals need them too). docs/design.md shows each part in use.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.forms import BooleanField, ChoiceField, Field
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from advisory.desk import chips, list_views, navigation
from advisory.desk.appearance import COOKIE, THEMES
from advisory.health import health
from advisory.people import second_factor
from clients import drawings, figures
from clients.drawings import BandBar, Drawing, Size
from compliance.lists.listing import Listing
from compliance.people.roles import STAFF_ROLES

register = template.Library()

Figure = Decimal | int | None
NEGATIVE = re.compile(r"(−\$[\d,.]*\d)")
DJANGOS_REQUIRED = Field.default_error_messages["required"]

# Figures -----------------------------------------------------------------------------------------

register.filter("day", figures.day)
register.filter("moment", figures.moment)
register.filter("clock", figures.clock)
register.filter("quantity", figures.quantity)
register.filter("points", figures.points)
register.filter("masked", figures.masked)


@register.filter
def money(value: Figure) -> str:
    """$1,234.50: detail."""
    return figures.money(value)


@register.filter
def unbroken(text: object) -> SafeString:
    """Words with amounts that keep their sign on one line: browsers may break between a minus and a dollar sign."""
    parts = NEGATIVE.split(str(text))
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="figure">{}</span>', one) if n % 2 else one,)
            for n, one in enumerate(parts)
        ),
    )


@register.filter
def money0(value: Figure) -> str:
    """$1,235: summaries."""
    return figures.money(value, cents=False)


@register.filter
def signed_money(value: Figure) -> str:
    """+$1,234.50 or −$80.00: gains, losses and changes."""
    return figures.money(value, signed=True)


@register.filter
def signed_money0(value: Figure) -> str:
    return figures.money(value, cents=False, signed=True)


@register.filter
def amount(value: Figure) -> str:
    """1,234.50: in a column whose header says $."""
    return figures.amount(value)


@register.filter
def amount0(value: Figure) -> str:
    return figures.amount(value, cents=False)


@register.filter
def signed_amount(value: Figure) -> str:
    return figures.amount(value, signed=True)


@register.filter
def weight(value: Figure) -> str:
    """68.20%, from a fraction of one."""
    return figures.weight(value)


@register.filter
def weight_number(value: Figure) -> str:
    """68.20: in a column whose header says %."""
    return figures.weight_number(value)


@register.filter
def known(value: object) -> object:
    """Any other value that may be missing: "unknown" instead of None."""
    return figures.UNKNOWN if value is None or value == "" else value


@register.filter
def our_reference(public_id: str) -> str:
    """The reference by which people and files name a release or a batch: as its blocks and orders begin, `ED0SRGXV6V2Z`."""
    return public_id.partition("_")[2].upper() or public_id


@register.filter
def short_digest(digest: str) -> str:
    """The first eight letters of a fingerprint, enough to compare by eye."""
    return digest[:8]


# Parts -------------------------------------------------------------------------------------------


@register.filter
def errors_in_words(field: BoundField) -> list[str]:
    """A field's errors; an empty field is named, because "This field" is unclear in a summary."""
    return [
        _words_for_empty(field)
        if error.code == "required" and error.message == DJANGOS_REQUIRED
        else str(text)
        for error, text in zip(field.errors.as_data(), field.errors, strict=True)
    ]


def _words_for_empty(field: BoundField) -> str:
    if isinstance(field.field, BooleanField):
        return f"Tick “{field.label}”."
    verb = "Choose" if isinstance(field.field, ChoiceField) else "Fill in"
    return f"{verb} “{field.label}”."


@register.simple_tag
def band_bar(bar: BandBar, size: Size = "row") -> Drawing:
    """The band bar in one of its four sizes: mini, row, card, letter."""
    return drawings.svg(bar, size)


@register.simple_tag
def band_verdict(bar: BandBar) -> SafeString:
    """Whether a weight is inside its band, as a chip: after the proposal where there is one, otherwise today."""
    is_outside = bar.is_outside_before if bar.after is None else bar.is_outside_after
    if is_outside is None:
        return _chip("chip", "attention", "Unknown")
    if is_outside:
        return _chip("chip", "breach", "Outside")
    return _chip("chip", "order", "Now inside" if bar.is_outside_before else "Inside")


@register.simple_tag
def state(value: Any, label: str = "") -> SafeString:
    """A state as a chip: `{% state page.state %}`; a label replaces the state's own words."""
    name = str(getattr(value, "value", value))
    words = label or str(getattr(value, "label", "")) or chips.words_of(name)
    return _chip("chip", chips.tone_of(name), words)


@register.simple_tag
def severity(value: Any) -> SafeString:
    """A finding's severity as a chip: block, reason, note or pass."""
    words, tone = chips.severity_of(str(getattr(value, "value", value)))
    return _chip("chip chip-severity", tone, words)


@register.simple_tag
def term(value: Any) -> SafeString:
    """A holding period: `{% term lot.term %}` with "long", "short" or None when the purchase day is unknown."""
    if value is None:
        return _chip("chip chip-term", "attention", "Term unknown")
    name = str(getattr(value, "value", value))
    return _chip("chip chip-term", "plain", f"{chips.words_of(name)}-term")


@register.simple_tag
def gain(value: Figure) -> SafeString:
    """A gain or loss in dollars, with the word for screen readers."""
    if value is None:
        return format_html('<span class="figure unknown">{}</span>', "tax unknown")
    text = figures.money(value, signed=True)
    # The sign comes from the formatted text, so that a loss of a fraction of a cent is not called a loss.
    sign = {figures.MINUS: "loss", "+": "gain"}.get(text[0], "")
    if not sign:
        return format_html('<span class="figure">{}</span>', text)
    return format_html(
        '<span class="figure" data-sign="{}"><span class="visually-hidden">{} </span>{}</span>',
        sign,
        sign,
        text,
    )


@register.simple_tag
def drift(value: Figure, is_outside: bool = False) -> SafeString:
    """A drift in points; outside its band it carries a triangle and a word as well as its tone."""
    text = figures.points(value)
    if value is None:
        return format_html('<span class="figure unknown">{}</span>', text)
    if not is_outside:
        return format_html('<span class="figure">{}</span>', text)
    return format_html(
        '<span class="figure outside"><span aria-hidden="true">{}</span> {}'
        '<span class="visually-hidden"> outside the band</span></span>',
        "▲" if value > 0 else "▼",
        text,
    )


@register.simple_tag
def account_mask(last_four: str | None) -> SafeString:
    """An account by its last four digits, read out as words."""
    if last_four is None:
        return format_html('<span class="account-mask unknown">{}</span>', figures.UNKNOWN)
    return format_html(
        '<span class="account-mask"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">account ending in {}</span></span>',
        figures.masked(last_four),
        last_four,
    )


@register.simple_block_tag(takes_context=True)
def scroll_box(context: Context, content: SafeString, label: str, columns: bool = False) -> SafeString:
    """Let a wide table scroll inside its own box, reachable by keyboard: `{% scroll_box "Trades" %}…{%
    endscroll_box %}`. With `columns`, people choose which of its columns they see.
    """
    box = format_html(
        '<div class="scroll-box" role="group" tabindex="0" aria-label="{}">{}</div>', label, content
    )
    return list_views.columns_chosen(context.get("request"), box) if columns else box


def _chip(css: str, tone: str, words: str) -> SafeString:
    return format_html('<span class="{}" data-tone="{}">{}</span>', css, tone, words)


# The frame ---------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def navigation_links(context: Context) -> tuple[navigation.Link, ...]:
    """The sections of the signed-in person; empty without one or without a request."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return ()
    return navigation.sections_for(frozenset(map(str, user.role_names)), request.path)


@register.simple_tag(name="sections_behind")
def sections_behind(sections: tuple[navigation.Link, ...]) -> tuple[navigation.Link, ...]:
    """The sections that stand behind "More"."""
    return tuple(section for section in sections if section.is_behind)


@register.simple_tag(name="list_views", takes_context=True)
def views_of_list(context: Context, listing: Listing) -> list_views.Kept | None:
    """The saved views of the list on this page, and where to save this one."""
    return list_views.of(context.get("request"), listing)


@register.simple_tag(takes_context=True)
def outages(context: Context) -> tuple[str, ...]:
    """Notices about outages for the firm's staff; clients do not see them."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated or not STAFF_ROLES & user.role_names:
        return ()
    return health.notices()


@register.simple_tag(takes_context=True)
def second_factor_rule(context: Context) -> second_factor.Rule:
    """What the firm asks of the signed-in person about second factors."""
    return second_factor.rule_for(context["request"])


@register.simple_tag(takes_context=True)
def own_links(context: Context) -> tuple[navigation.Link, ...]:
    return navigation.own_links(context["request"].user.role_names)


@register.simple_tag
def address(name: str) -> str:
    """A URL by name, or nothing if that app's URLs are not mounted."""
    return navigation.url_of(name)


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The appearance this browser asked for: light, dark or system."""
    request = context.get("request")
    chosen = request.COOKIES.get(COOKIE, "") if request is not None else ""
    return chosen if chosen in THEMES else "system"


@register.simple_tag
def version() -> str:
    """The version of the product."""
    return settings.VERSION


@register.simple_tag
def prices_note() -> str:
    """A note about the prices, for example that a demo firm's are generated."""
    return str(settings.PRICES_NOTE)
