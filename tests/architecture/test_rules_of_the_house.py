"""What no module may do, read from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse

from advisory.desk import navigation
from tests.architecture.sources import PROJECT, Module, calls, dotted, is_door, modules

FLOAT_ROOMS = ("model", "search", "rounding", "solving")
"""The solver's rooms. What leaves them is decided again in exact arithmetic, and verified without them."""

ROOMS_OF_ARRAYS = ("rebalancing.firm_scan.",)
"""The firm's facts as arrays: what stands near an edge or a half of a digit is decided again in whole numbers."""

FLOATS_BESIDE = {
    "rebalancing.engine.explanations.late_settlements",
    "rebalancing.engine.explanations.order_reasons",
    "rebalancing.engine.portfolio.objective_prices",  # Only to write equal numbers alike where ties are broken.
}
"""Modules outside those rooms that read the solver's answer."""

LINES_MAX = 400


def managers_in_doors(module: Module) -> Iterator[ast.AST]:
    """A door starts from `access`; `.objects` there is a way around it."""
    if not is_door(module) or "management" in module.name.split("."):
        return
    for statement in ast.walk(module.tree):
        if not isinstance(statement, ast.stmt) or isinstance(
            statement, ast.FunctionDef | ast.ClassDef | ast.If
        ):
            continue
        if any(text.startswith("access.") for _, text in calls(statement)):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and node.attr == "objects":
                yield node


def binary_fractions(module: Module) -> Iterator[ast.AST]:
    """Money lives as Decimal: no float literal and no float() where amounts are handled."""
    if module.name.startswith(("clients", "compliance", "rebalancing")) and not _may_hold_floats(module):
        yield from floats(module)


def floats(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node
        if isinstance(node, ast.Call) and dotted(node.func) == "float":
            yield node


def texts_declared_safe(module: Module) -> Iterator[ast.AST]:
    for call, name in calls(module.tree):
        if name.rsplit(".", 1)[-1] in {"mark_safe", "SafeString", "SafeText"}:
            yield call


def naive_clocks(module: Module) -> Iterator[ast.AST]:
    """Moments carry their zone, and only doors ask what time it is."""
    for call, name in calls(module.tree):
        bare = not call.args and not call.keywords
        if name in {"datetime.now", "datetime.datetime.now"} and bare:
            yield call
        if name.endswith(("datetime.utcnow", "datetime.today", "date.today", "datetime.utcfromtimestamp")):
            yield call


def messages_inside_transactions(module: Module) -> Iterator[ast.AST]:
    """A message sent inside a transaction may arrive before the rows, or for rows that never come."""
    for node in ast.walk(module.tree):
        if _opens_transaction(node):
            for call, name in calls(node):
                if name.endswith((".delay", ".apply_async", ".send_task")):
                    yield call


def guessed_tables(module: Module) -> Iterator[ast.AST]:
    """pandas guesses: `NA` goes missing, account numbers lose their zeros."""
    for call, name in calls(module.tree):
        if name.rsplit(".", 1)[-1] in {"read_csv", "read_excel", "read_table"}:
            yield call


def signals(module: Module) -> Iterator[ast.AST]:
    """Rows say what is to be done; a signal says it where nobody looks."""
    if module.app == "advisory":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module in {
            "django.dispatch",
            "django.db.models.signals",
        }:
            yield node


RULES: dict[str, Callable[[Module], Iterator[ast.AST]]] = {
    "a door looks rows up through access": managers_in_doors,
    "money is no binary fraction": binary_fractions,
    "no text is declared safe": texts_declared_safe,
    "moments carry their zone": naive_clocks,
    "no message leaves inside a transaction": messages_inside_transactions,
    "files are read as text": guessed_tables,
    "no signals below the top floor": signals,
}
EXCUSED: dict[str, set[str]] = {
    # The portal asks for the revision of the client's own consent; what is proposed at a door is stored there.
    "a door looks rows up through access": {"rebalancing.views.portal", "compliance.doors.changes"},
    # A share of zero bytes in an unknown file, the hours of a time zone, and the columns of the firm's scan, which says where
    # floats do not settle a comparison.
    "money is no binary fraction": {
        "clients.custodians.tables",
        "clients.custodians.ofx.ofx_tree",
        "rebalancing.triggers.columns",
        # Estimates of a what-if, told as such; who is outside a band is decided exactly.
        "rebalancing.what_if.answers",
        "rebalancing.what_if.estimates",
    },
}
"""Rule to modules that may break it, and why."""


@pytest.mark.parametrize("rule", RULES)
def test_the_house_rule_holds(rule: str) -> None:
    broken = [
        module.where(node)
        for module in modules()
        if module.name not in EXCUSED.get(rule, set())
        for node in RULES[rule](module)
    ]

    assert broken == []


def test_every_excuse_is_needed() -> None:
    by_name = {module.name: module for module in modules()}

    assert [
        (rule, name)
        for rule, names in EXCUSED.items()
        for name in names
        if name not in by_name or not any(RULES[rule](by_name[name]))
    ] == []
    assert {name for name in FLOATS_BESIDE if name not in by_name or not any(floats(by_name[name]))} == set()


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        ("a door looks rows up through access", "clients.views.x", "Household.objects.get(pk=1)"),
        ("money is no binary fraction", "clients.fees", "fee = value * 0.0025"),
        ("money is no binary fraction", "clients.fees", "fee = float(value)"),
        ("no text is declared safe", "clients.pages.x", "safestring.mark_safe(name)"),
        ("moments carry their zone", "clients.x", "datetime.now()"),
        ("moments carry their zone", "clients.x", "datetime.date.today()"),
        (
            "no message leaves inside a transaction",
            "rebalancing.x",
            "with transaction.atomic():\n    work.delay(1)",
        ),
        ("files are read as text", "clients.x", "pd.read_csv(file)"),
        ("no signals below the top floor", "clients.x", "from django.dispatch import receiver"),
    ],
)
def test_the_search_finds_what_breaks_it(rule: str, name: str, text: str) -> None:
    assert list(RULES[rule](Module(name, modules()[0].path, ast.parse(text))))


def test_the_api_and_the_pages_name_their_fields() -> None:
    """`fields = "__all__"` and model serializers hand out whatever a table grows next."""
    loose = re.compile(r"__all__\"|ModelSerializer|ModelForm\b|exclude\s*=\s*\(")

    found = [
        str(module.path.relative_to(PROJECT))
        for module in modules()
        if is_door(module) or module.name.endswith((".forms", ".pages"))
        if any(loose.search(line) for line in module.path.read_text(encoding="utf-8").splitlines())
    ]
    assert found == []


def test_every_section_of_the_desk_has_an_address() -> None:
    missing = []
    for section in navigation.SECTIONS:
        try:
            reverse(section.url_name)
        except NoReverseMatch:
            missing.append(section.url_name)

    assert missing == []


def test_every_template_compiles() -> None:
    names = [str(path.relative_to(PROJECT / "templates")) for path in (PROJECT / "templates").rglob("*.html")]

    assert len(names) > 20
    for name in names:
        get_template(name)


def test_no_further_module_outgrows_its_noun() -> None:
    """Longer files are split by noun. What is above the line today is listed, so that the list can shrink."""
    long = {
        module.name
        for module in modules()
        if len(module.path.read_text(encoding="utf-8").splitlines()) > LINES_MAX
    }

    assert long - LONG_TODAY == set(), f"Split by noun: more than {LINES_MAX} lines."
    assert LONG_TODAY - long == set(), "Shorter by now: take them off the list."


LONG_TODAY: set[str] = set()


def _may_hold_floats(module: Module) -> bool:
    in_a_room = module.name.startswith(tuple(f"rebalancing.engine.{room}." for room in FLOAT_ROOMS))
    return in_a_room or module.name.startswith(ROOMS_OF_ARRAYS) or module.name in FLOATS_BESIDE


def _opens_transaction(node: ast.AST) -> bool:
    if isinstance(node, ast.With):
        return any(
            isinstance(item.context_expr, ast.Call) and dotted(item.context_expr.func) == "transaction.atomic"
            for item in node.items
        )
    if isinstance(node, ast.FunctionDef):
        return any(dotted(one).startswith("transaction.atomic") for one in node.decorator_list)
    return False
