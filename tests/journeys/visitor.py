"""Somebody at the product's pages: opens, reads, follows links, fills in and presses what is really there.

Every page that is opened is also held to what no page may break: one heading, no id twice, a field for every
label, no script or style in the page itself, no link into nowhere, no Python left over in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.test import Client
from django.urls import resolve
from lxml import html

LEFT_OVER = re.compile(
    r"\bNone\b(?! (?:was|is|on|yet)\b)|\bDecimal\(|<\w+(\.\w+)* object at|\{\{|\{%|datetime\."
)
INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "span", "strong", "time"})
BUTTON = "self::button or (self::input and @type='submit')"


class Visitor:
    """One signed-in person with one open page."""

    def __init__(self, person: Any) -> None:
        self._client = Client()
        self._client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        self.address = ""
        self.status = 0
        self._page: Any = None

    def opens(self, address: str, *, status: int = 200) -> Self:
        """Go to an address."""
        return self._take(self._client.get(urljoin(self.address, address), follow=True), address, status)

    def follows(self, words: str) -> Self:
        """Click the first link that says these words."""
        return self.opens(self._link(words))

    def downloads(self, words: str) -> bytes:
        """Follow a link, or press a button, that hands out a file; return its bytes and stay on the page."""
        if self.may_press(words):
            _, form = self._button(words)
            answer = self._client.post(urljoin(self.address, form.get("action")), dict(form.form_values()))
        else:
            answer = self._client.get(urljoin(self.address, self._link(words)))
        assert answer.status_code == 200, (words, answer.status_code)
        assert "filename=" in answer.headers.get("Content-Disposition", ""), words
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    def presses(self, words: str, *, status: int = 200, **filled: Any) -> Self:
        """Fill in the form of a button and press it: everything else is sent as the page holds it.

        Fields are named by their `name`; `status` is that of the page that answers.
        """
        button, form = self._button(words)
        sent: dict[str, Any] = {name: value for name, value in form.form_values() if name}
        unknown = set(filled) - {one.get("name") for one in form.iter("input", "select", "textarea")}
        assert not unknown, f"The form of “{words}” has no field {unknown}."
        sent |= filled
        if button.get("name"):
            sent[button.get("name")] = button.get("value", "")
        where = urljoin(self.address, form.get("action") or self.address)
        ask = self._client.post if (form.get("method") or "get").lower() == "post" else self._client.get
        return self._take(ask(where, sent, follow=True), where, status)

    def may_press(self, words: str) -> bool:
        """Whether the page has this button."""
        return any(_text(button) == words for button in self._page.xpath(f"//*[{BUTTON}]"))

    @property
    def heading(self) -> str:
        """The page's one heading."""
        return _text(self._page.xpath("//h1")[0])

    @property
    def text(self) -> str:
        """What the page says, without its masthead."""
        (main,) = self._page.xpath("//main")
        return _text(main)

    def links(self, *, holding: str = "") -> list[str]:
        """The words of the page's links into addresses that hold a text."""
        found = self._page.xpath("//main//a[contains(@href, $holding)]", holding=holding)
        return [_text(link) for link in found]

    def column(self, heading: str) -> list[str]:
        """The cells below a heading, from top to bottom, of the first table that has it."""
        for table in self._page.xpath("//main//table"):
            heads = [_text(cell).split(" ET")[0] for cell in table.xpath("./thead/tr[last()]/*")]
            if heading in heads:
                place = heads.index(heading)
                return [_text(row[place]) for row in table.xpath("./tbody/tr") if len(row) > place]
        raise AssertionError(f"No table has a column “{heading}” on {self.address}:\n{self.text}")

    def reads(self, *sentences: str) -> Self:
        """Find each sentence on the page."""
        for sentence in sentences:
            assert sentence in self.text, f"“{sentence}” is not on {self.address}:\n{self.text}"
        return self

    def _take(self, answer: Any, address: str, status: int) -> Self:
        self.address = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        self.status = answer.status_code
        self._page = html.fromstring(answer.content.decode())
        assert self.status == status, f"{self.address} answered {self.status}, not {status}:\n{self.text}"
        self._hold()
        return self

    def _link(self, words: str) -> str:
        for link in self._page.xpath("//a[@href]"):
            if words in _text(link):
                return str(link.get("href"))
        raise AssertionError(f"No link says “{words}” on {self.address}:\n{self.text}")

    def _button(self, words: str) -> tuple[Any, Any]:
        for button in self._page.xpath(f"//*[{BUTTON}]"):
            if words in (_text(button), button.get("value")):
                return button, next(button.iterancestors("form"))
        raise AssertionError(f"No button says “{words}” on {self.address}:\n{self.text}")

    def _hold(self) -> None:
        page, where = self._page, self.address
        assert len(page.xpath("//h1")) == 1, f"{where} needs exactly one h1"
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), (where, sorted({one for one in ids if ids.count(one) > 1}))
        lost = [one for one in page.xpath("//label/@for") if one not in ids]
        assert not lost, f"{where} has labels without fields: {lost}"
        assert not page.xpath("//@style | //style | //script[not(@src)]"), (
            f"{where} has script or style inside"
        )
        # “None” may be what is chosen where nothing is.
        chosen = [_text(one) for one in page.xpath("//main//option[@value='']")]
        words = self.text
        for one in chosen:
            words = words.replace(one, "", 1)
        assert not LEFT_OVER.search(words), (where, LEFT_OVER.search(words), self.text)
        for link in page.xpath("//a/@href"):
            if link.startswith("/") and not link.startswith(settings.STATIC_URL):
                resolve(urlsplit(link).path)


def _text(element: Any) -> str:
    """The text a person sees: white space folded, a gap between blocks, what is only for screen readers included."""
    return re.sub(r"\s+", " ", "".join(_pieces(element))).strip()


def _pieces(element: Any) -> Iterator[str]:
    gap = "" if element.tag in INLINE else " "
    yield gap + (element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""
    yield gap
