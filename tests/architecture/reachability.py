"""What the product's doors reach, read from the syntax trees: definition by definition, never by running it.

A *definition* is a function, a class, a method or a named value of a module: `rebalancing.engine.money.cents`. It is
reached when reached code names it. Names are followed through imports; an attribute of something whose type the
trees do not tell (`band.upper`) reaches every method of that name in every reached class, so what is called
unreached here truly is. Annotations count as use. Strings that are the dotted name of a definition count too:
settings name their classes so.

Modules that a framework runs by name (see `is_started`) are reached whole. Everywhere else importing a module runs
the statements in it, except in the engine: it registers nothing on import, so a table there is reached when it is
read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from tests.architecture.sources import APPS, PROJECT, Module, modules

ENGINE = "rebalancing.engine"
STARTED = {
    "__main__",
    "apps",
    "celery",
    "management",
    "models",
    "settings",
    "tasks",
    "templatetags",
    "urls",
    "wsgi",
}
"""Parts of module names that Django, Celery, gunicorn or Python look up by themselves."""

PLAIN_BASES = {
    "enum.Enum",
    "enum.StrEnum",
    "enum.IntEnum",
    "typing.Protocol",
    "typing.NamedTuple",
    "typing.Generic",
}
PLAIN_BASES |= {"Exception", "ValueError", "LookupError", "RuntimeError", "KeyError", "TypeError"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Definition:
    """One definition: the definitions it names (dotted), and the bare attribute names it asks for."""

    name: str
    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    line: int = 0
    methods: dict[str, str] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    """What a class is derived from, each by its dotted name; empty where the trees do not tell."""


@dataclass(frozen=True)
class Reach:
    """Every definition of the product by its dotted name, and those that are reached."""

    definitions: Mapping[str, Definition]
    reached: frozenset[str]

    def unreached(self, package: str) -> list[str]:
        """Functions, classes and methods in `package`; what lies inside an unreached one is not named again."""
        found = [
            name
            for name, each in self.definitions.items()
            if name.startswith(f"{package}.") and name not in self.reached and is_named(each)
        ]
        return sorted(name for name in found if name.rpartition(".")[0] not in found)

    def unreached_modules(self, package: str) -> list[str]:
        """Modules of `package` of which no definition is reached."""
        own = {module.name for module in modules()}
        holding = {owner(name, own) for name, each in self.definitions.items() if is_named(each)}
        live = {owner(name, own) for name in self.reached if is_named(self.definitions[name])}
        return sorted(name for name in holding - live if name.startswith(f"{package}."))


def owner(definition: str, own: set[str]) -> str:
    """The module that a definition stands in."""
    name = definition
    while name not in own:
        name = name.rpartition(".")[0]
    return name


def is_named(definition: Definition) -> bool:
    """Whether this is a function, class or method, and not a value or what a module does when it is imported."""
    return definition.line > 0


def is_started(name: str) -> bool:
    return bool(STARTED & set(name.split(".")))


@cache
def of_the_product() -> Reach:
    return follow(modules(), attributes=read_in_templates())


def follow(sources: Iterable[Module], *, attributes: Iterable[str] = ()) -> Reach:
    definitions = graph(tuple(sources))
    started = {name for name in definitions if is_started(name)}
    started |= run_by_migrations(definitions) | named_in_commands(definitions)
    return Reach(definitions, closure(definitions, started, set(attributes)))


def only_through(*parts: str) -> set[str]:
    """What the product reaches only through these packages or modules, themselves left out."""

    def is_in(name: str) -> bool:
        return any(name == part or name.startswith(f"{part}.") for part in parts)

    definitions = {name: each for name, each in of_the_product().definitions.items() if not is_in(name)}
    started = {name for name in definitions if is_started(name)}
    started |= run_by_migrations(definitions) | named_in_commands(definitions)
    without = closure(definitions, started, set(read_in_templates()))
    return {
        name
        for name in of_the_product().reached - without
        if name in definitions and is_named(definitions[name])
    }


def is_foreign(name: str, definitions: Mapping[str, Definition]) -> bool:
    """Whether a class is derived from one that is not the product's own: its methods are called from outside.

    Bases that only mark a kind of value (an enum, a protocol, an exception) call nothing.
    """
    if name not in definitions:
        return name not in PLAIN_BASES
    return any(is_foreign(base, definitions) for base in definitions[name].bases)


def closure(definitions: Mapping[str, Definition], start: set[str], attributes: set[str]) -> frozenset[str]:
    reached: set[str] = set()
    asked = set(attributes)
    waiting = list(start)
    while waiting:
        while waiting:
            name = waiting.pop()
            if name in reached or name not in definitions:
                continue
            reached.add(name)
            each = definitions[name]
            asked |= each.attributes
            waiting += each.names
        for name in list(reached):
            each = definitions[name]
            waiting += [
                method
                for bare, method in each.methods.items()
                if method not in reached
                and (bare in asked or bare.startswith("__") or is_foreign(name, definitions))
            ]
    return frozenset(reached)


@cache
def graph(sources: tuple[Module, ...]) -> dict[str, Definition]:
    names = {module.name for module in sources}
    exports = {module.name: exported(module, names) for module in sources}
    definitions: dict[str, Definition] = {}
    for module in sources:
        for each in Reader(module, exports, names).definitions():
            definitions[each.name] = each
    return definitions


def exported(module: Module, names: set[str]) -> dict[str, str]:
    """What each name at the top of the module stands for, as a dotted name; imports everywhere in it count."""
    found: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in module.tree.body:
        for name in defined_by(node):
            found[name] = f"{module.name}.{name}"
    return found


def defined_by(node: ast.stmt) -> list[str]:
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    if isinstance(node, ast.If | ast.Try | ast.With | ast.For):
        return [
            name
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt)
            for name in defined_by(child)
        ]
    return []


class Reader:
    """One module's definitions, with what each of them names."""

    def __init__(self, module: Module, exports: Mapping[str, Mapping[str, str]], names: set[str]) -> None:
        self.module, self.exports, self.names = module, exports, names
        self.scope = exports[module.name]

    def definitions(self) -> Iterator[Definition]:
        """The functions, classes and values of the module, and one named like the module: its import."""
        on_import = Definition(self.module.name)
        own = {name for node in self.module.tree.body for name in defined_by(node)}
        # The module as a value, in a list of modules say: whoever has it may ask for anything in it by name.
        yield Definition(
            f"{self.module.name}.*", methods={name: f"{self.module.name}.{name}" for name in own}
        )
        is_lazy = self.module.name.startswith(f"{ENGINE}.")
        for node in self.module.tree.body:
            if isinstance(node, Function):
                yield self.function(node, f"{self.module.name}.{node.name}", on_import)
            elif isinstance(node, ast.ClassDef):
                yield from self.of_class(node, on_import)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self.read(node, on_import, frozenset())
            elif is_lazy and defined_by(node):
                for name in defined_by(node):
                    value = Definition(f"{self.module.name}.{name}", {self.module.name})
                    self.read(node, value, frozenset())
                    yield value
            else:
                self.read(node, on_import, frozenset())
                for name in defined_by(node):
                    yield Definition(f"{self.module.name}.{name}", {self.module.name})
        yield on_import

    def function(self, node: Function, name: str, on_import: Definition) -> Definition:
        found = Definition(name, {self.module.name}, line=node.lineno)
        for decorator in node.decorator_list:
            self.read(decorator, on_import if is_registering(decorator) else found, frozenset())
        if any(is_registering(each) for each in node.decorator_list):
            on_import.names.add(name)
        self.read_function(node, found, frozenset())
        return found

    def of_class(self, node: ast.ClassDef, on_import: Definition) -> Iterator[Definition]:
        name = f"{self.module.name}.{node.name}"
        found = Definition(name, {self.module.name}, line=node.lineno)
        for each in [*node.decorator_list, *node.bases, *node.keywords]:
            self.read(each, found, frozenset())
        found.bases = tuple(self.base(each) for each in node.bases)
        for child in node.body:
            if isinstance(child, Function):
                method = self.function(child, f"{name}.{child.name}", on_import)
                method.names.add(name)
                found.methods[child.name] = method.name
                yield method
            else:
                self.read(child, found, frozenset())
        yield found

    def base(self, node: ast.expr) -> str:
        node = node.value if isinstance(node, ast.Subscript) else node
        return self.target(node, frozenset()) or (node.id if isinstance(node, ast.Name) else "")

    def read_function(self, node: Function | ast.Lambda, found: Definition, local: frozenset[str]) -> None:
        arguments = node.args
        everyone = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        everyone += [each for each in (arguments.vararg, arguments.kwarg) if each]
        for each in everyone:
            if each.annotation:
                self.read(each.annotation, found, local)
        for default in [*arguments.defaults, *(each for each in arguments.kw_defaults if each)]:
            self.read(default, found, local)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        inner = local | {each.arg for each in everyone} | stored(body)
        if not isinstance(node, ast.Lambda) and node.returns:
            self.read(node.returns, found, local)
        for child in body:
            self.read(child, found, inner)

    def read(self, node: ast.AST, found: Definition, local: frozenset[str]) -> None:
        if isinstance(node, Function | ast.Lambda):
            for decorator in getattr(node, "decorator_list", ()):
                self.read(decorator, found, local)
            self.read_function(node, found, local)
        elif isinstance(node, ast.Import):
            found.names |= {part for alias in node.names for part in heads(alias.name) if part in self.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.names |= {part for part in heads(node.module or "") if part in self.names}
                # A module that is imported runs; a definition that is imported is only within reach.
                found.names |= {whole} & self.names
        elif isinstance(node, ast.Attribute):
            target = self.target(node, local)
            if target is None:
                found.attributes.add(node.attr)
                self.read(node.value, found, local)
            else:
                self.add(target, found)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and (target := self.target(node, local)):
                self.add(target, found)
        else:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.add_string(node.value, found)
            inner = local | stored([node]) if isinstance(node, COMPREHENSIONS) else local
            for child in ast.iter_child_nodes(node):
                self.read(child, found, inner)

    def add(self, target: str, found: Definition) -> None:
        """The target and everything it lies in; what remains behind the last known definition is an attribute."""
        found.names |= set(heads(target))
        if target in self.names:
            found.names.add(f"{target}.*")
        found.attributes |= {target.rpartition(".")[2]} if target.split(".")[0] in APPS else set()

    def add_string(self, text: str, found: Definition) -> None:
        if text.split(".")[0] in APPS and re.fullmatch(r"[\w.]+", text):
            found.names |= set(heads(text))

    def target(self, node: ast.AST, local: frozenset[str]) -> str | None:
        """The dotted name that a chain of names stands for; None for what only running would tell."""
        if isinstance(node, ast.Name):
            known = None if node.id in local else self.scope.get(node.id)
            return known and self.resolved(known)
        if isinstance(node, ast.Attribute) and (base := self.target(node.value, local)):
            return self.resolved(f"{base}.{node.attr}")
        return None

    def resolved(self, name: str) -> str:
        """The place where a name handed on by `from … import` was defined."""
        module, _, last = name.rpartition(".")
        onward = self.exports.get(module, {}).get(last)
        return self.resolved(onward) if onward and onward != name else name


COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def heads(name: str) -> list[str]:
    """`a`, `a.b`, `a.b.c` for `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[: place + 1]) for place in range(len(parts))]


def stored(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names bound by these statements, those of functions inside them left out."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif not isinstance(node, ast.Lambda | ast.Import | ast.ImportFrom):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            waiting += ast.iter_child_nodes(node)
    return frozenset(found)


PLAIN_DECORATORS = {
    "cache",
    "lru_cache",
    "cached_property",
    "property",
    "staticmethod",
    "classmethod",
    "contextmanager",
}
PLAIN_DECORATORS |= {"dataclass", "overload", "abstractmethod", "wraps", "override", "setter"}


def is_registering(decorator: ast.expr) -> bool:
    """Whether a decorator may hand the function to somebody who calls it later."""
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return last in {
        "register",
        "filter",
        "simple_tag",
        "inclusion_tag",
        "receiver",
        "connect",
        "shared_task",
        "task",
    }


def run_by_migrations(definitions: Mapping[str, Definition]) -> set[str]:
    """What the migrations name; they run once for every database."""
    found: set[str] = set()
    for app in APPS:
        for path in sorted((PROJECT / app / "migrations").glob("0*.py")):
            text = path.read_text(encoding="utf-8")
            found |= {
                name for name in re.findall(rf"\b(?:{'|'.join(APPS)})(?:\.\w+)+", text) if name in definitions
            }
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = {f"{node.module}.{alias.name}" for alias in node.names}
                    found |= names & definitions.keys()
    return found


COMMANDS = ("manage.py", "evenkeel", "Dockerfile", "docker-compose.yml", ".ci/run")


def named_in_commands(definitions: Mapping[str, Definition]) -> set[str]:
    """What the commands and containers start or import by its dotted name."""
    found: set[str] = set()
    for file in COMMANDS:
        text = (PROJECT / file).read_text(encoding="utf-8")
        for name in re.findall(rf"\b(?:{'|'.join(APPS)})(?:\.\w+)+", text):
            found |= {each for each in definitions if each == name or each.startswith(f"{name}.")}
    return found


def read_in_templates() -> set[str]:
    """Every word behind a dot in a template: templates read pages by attribute."""
    return {
        word
        for path in (PROJECT / "templates").rglob("*.*")
        if path.suffix in {".html", ".txt", ".typ"}
        for word in re.findall(r"\.(\w+)", path.read_text(encoding="utf-8"))
    }
