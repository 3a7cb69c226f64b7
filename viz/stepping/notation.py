"""A formula, written once as a Python expression and shown as plain text and as MathML.

Names in an expression are letters that are filled in later, so what comes out is a template:
``"1 - y ** 2"`` becomes ``1 − {y}²``. `fill` puts the names in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Protocol

from viz.scene.numbers import number

#: Names in expressions that are no letters to be filled in.
_SYMBOLS = {"pi": "π", "inf": "∞", "i": "i", "ties": "ties", "other": "other", "others": "others"}
_FUNCTIONS = {"sigmoid": "σ", "psi": "ψ", "normal_cdf": "Φ", "sum": "Σ"}
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: " + ",
    ast.Sub: " − ",
    ast.Mult: " · ",
    ast.Div: "/",
    ast.MatMult: " @ ",
    ast.Lt: " < ",
    ast.LtE: " ≤ ",
    ast.Gt: " > ",
    ast.GtE: " ≥ ",
    ast.Eq: " = ",
}
_CHOICE, _COMPARE, _SUM, _PRODUCT, _POWER, _ATOM = range(6)
_STRENGTH: dict[type[ast.AST], int] = {ast.Add: _SUM, ast.Sub: _SUM}
_PLACE = re.compile(r"\{(\w+)\}")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

#: A piece of a formula, and how tightly its outermost operation binds.
_Piece = tuple[str, int]


class _Style(Protocol):
    """How the pieces of a formula are written."""

    def letter(self, name: str) -> str: ...
    def number(self, text: str) -> str: ...
    def derivative(self, of: str, by: str) -> str: ...
    def negative(self, x: str) -> str: ...
    def binary(self, a: str, sign: str, b: str) -> str: ...
    def quotient(self, a: _Piece, b: _Piece) -> _Piece: ...
    def power(self, base: str, exponent: _Piece) -> str: ...
    def root(self, x: _Piece) -> str: ...
    def transpose(self, x: str) -> str: ...
    def call(self, function: str, arguments: list[str]) -> str: ...
    def group(self, x: str, left: str = "(", right: str = ")") -> str: ...
    def cases(self, cases: list[tuple[str, str]], otherwise: str) -> str: ...


def fill(template: str, names: Mapping[str, str]) -> str:
    """A template with its places filled; what is filled in is not looked at again.

    Raises
    ------
    KeyError
        If a place has no name.
    """
    return _PLACE.sub(lambda place: names[place[1]], template)


def fill_mathml(template: str, names: Mapping[str, str]) -> str:
    """The same for a template of MathML."""
    return _PLACE.sub(lambda place: escape(names[place[1]]), template)


@cache
def as_text(expression: str) -> str:
    """A template in plain text: ``{b} · {a}^({b} − 1)``."""
    return _write(expression, _Text())


@cache
def rule_as_text(expression: str) -> str:
    """The rule that adds an expression to the gradient of x: ``∂{L}/∂{x} += …``."""
    text = _Text()
    return text.binary(text.derivative("L", "x"), " += ", as_text(expression))


@cache
def rule_as_mathml(expression: str) -> str:
    """The same as a ``<math>`` element."""
    style = _MathML()
    rule = style.binary(style.derivative("L", "x"), "+=", _write(expression, style))
    return f"<math>{rule}</math>"


@cache
def places(template: str) -> frozenset[str]:
    """The names that `fill` will ask for."""
    return frozenset(_PLACE.findall(template))


def _write(expression: str, style: _Style) -> str:
    return _Writer(style).piece(ast.parse(expression, mode="eval").body)[0]


class _Writer:
    """Walks an expression; only here is decided where parentheses stand."""

    def __init__(self, style: _Style) -> None:
        self._style = style

    def piece(self, node: ast.expr) -> _Piece:
        style = self._style
        match node:
            case ast.Constant(value=float() | int() as value):
                return style.number(number(value)), _ATOM
            case ast.Name(id="G"):
                return style.derivative("L", "y"), _ATOM
            case ast.Name(id="slope"):
                return style.derivative("y", "x"), _ATOM
            case ast.Name(id=name):
                return style.letter(_SYMBOLS.get(name, f"{{{name}}}")), _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=x):
                return style.negative(self._within(x, _PRODUCT)), _PRODUCT
            case ast.BinOp(left=a, op=ast.Pow(), right=b):
                return style.power(self._within(a, _ATOM), self.piece(b)), _POWER
            case ast.BinOp(left=a, op=ast.Div(), right=b):
                return style.quotient(self.piece(a), self.piece(b))
            case ast.BinOp(left=a, op=op, right=b) if type(op) in _OPERATORS:
                strength = _STRENGTH.get(type(op), _PRODUCT)
                right = self._right_of(op, b, strength)
                sign = _OPERATORS[type(op)]
                return style.binary(self._within(a, strength), sign, right), strength
            case ast.Compare(left=a, ops=ops, comparators=others):
                text = self._within(a, _SUM)
                for comparison, b in zip(ops, others, strict=True):
                    sign = _OPERATORS[type(comparison)]
                    text = style.binary(text, sign, self._within(b, _SUM))
                return text, _COMPARE
            case ast.IfExp():
                return self._choice(node), _CHOICE
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(name, args)
        raise ValueError(f"{ast.unparse(node)!r} has no notation.")

    def _within(self, node: ast.expr, strength: int) -> str:
        """A piece in parentheses, if it binds less tightly than what is around it."""
        text, own = self.piece(node)
        return self._style.group(text) if own < strength else text

    def _right_of(self, op: ast.operator, node: ast.expr, strength: int) -> str:
        first = node
        while isinstance(first, ast.BinOp):
            first = first.left
        negative = isinstance(first, ast.UnaryOp)
        return self._within(node, strength + (negative or isinstance(op, ast.Sub)))

    def _choice(self, node: ast.expr) -> str:
        cases = []
        while isinstance(node, ast.IfExp):
            cases.append((self.piece(node.body)[0], self.piece(node.test)[0]))
            node = node.orelse
        return self._style.cases(cases, self.piece(node)[0])

    def _call(self, name: str, args: list[ast.expr]) -> _Piece:
        style = self._style
        pieces = [self.piece(arg) for arg in args]
        if name == "abs":
            return style.group(pieces[0][0], "|", "|"), _ATOM
        if name == "sqrt":
            return style.root(pieces[0]), _POWER
        if name == "T":
            return style.transpose(self._within(args[0], _ATOM)), _POWER
        function = _FUNCTIONS.get(name, name)
        return style.call(function, [text for text, _ in pieces]), _ATOM


def _grouped(piece: _Piece, strength: int) -> str:
    return f"({piece[0]})" if piece[1] < strength else piece[0]


class _Text:
    """Plain text, in one line."""

    def letter(self, name: str) -> str:
        return name

    def number(self, text: str) -> str:
        return "½" if text == "0.5" else text

    def derivative(self, of: str, by: str) -> str:
        return f"∂{{{of}}}/∂{{{by}}}"

    def negative(self, x: str) -> str:
        return f"−{x}"

    def binary(self, a: str, sign: str, b: str) -> str:
        return f"{a}{sign}{b}"

    def quotient(self, a: _Piece, b: _Piece) -> _Piece:
        return f"{_grouped(a, _PRODUCT)}/{_grouped(b, _POWER)}", _PRODUCT

    def power(self, base: str, exponent: _Piece) -> str:
        text = exponent[0].replace("−", "-")
        if text.lstrip("-").isdecimal():
            return base + text.translate(_RAISED)
        return f"{base}^{_grouped(exponent, _ATOM)}"

    def root(self, x: _Piece) -> str:
        return f"√{_grouped(x, _ATOM)}"

    def transpose(self, x: str) -> str:
        return f"{x}ᵀ"

    def call(self, function: str, arguments: list[str]) -> str:
        return f"{function}({', '.join(arguments)})"

    def group(self, x: str, left: str = "(", right: str = ")") -> str:
        return f"{left}{x}{right}"

    def cases(self, cases: list[tuple[str, str]], otherwise: str) -> str:
        return ", ".join([*(f"{then} if {test}" for then, test in cases), f"else {otherwise}"])


class _MathML:
    """MathML Core, which browsers show without help."""

    def letter(self, name: str) -> str:
        return f"<mi>{name}</mi>"

    def number(self, text: str) -> str:
        return f"<mn>{text}</mn>"

    def derivative(self, of: str, by: str) -> str:
        above, below = (f"<mrow><mi>∂</mi><mi>{{{x}}}</mi></mrow>" for x in (of, by))
        return f"<mfrac>{above}{below}</mfrac>"

    def negative(self, x: str) -> str:
        return f"<mrow><mo>−</mo>{x}</mrow>"

    def binary(self, a: str, sign: str, b: str) -> str:
        return f"<mrow>{a}<mo>{escape(sign.strip())}</mo>{b}</mrow>"

    def quotient(self, a: _Piece, b: _Piece) -> _Piece:
        return f"<mfrac>{a[0]}{b[0]}</mfrac>", _PRODUCT

    def power(self, base: str, exponent: _Piece) -> str:
        return f"<msup>{base}{exponent[0]}</msup>"

    def root(self, x: _Piece) -> str:
        return f"<msqrt>{x[0]}</msqrt>"

    def transpose(self, x: str) -> str:
        return f"<msup>{x}<mo>⊤</mo></msup>"

    def call(self, function: str, arguments: list[str]) -> str:
        inside = "<mo>,</mo>".join(arguments)
        return f"<mrow><mi>{function}</mi>{self.group(inside)}</mrow>"

    def group(self, x: str, left: str = "(", right: str = ")") -> str:
        return f"<mrow><mo>{left}</mo>{x}<mo>{right}</mo></mrow>"

    def cases(self, cases: list[tuple[str, str]], otherwise: str) -> str:
        rows = [(then, f"<mrow><mtext>if </mtext>{test}</mrow>") for then, test in cases]
        rows.append((otherwise, "<mtext>else</mtext>"))
        cells = "".join(f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr>" for a, b in rows)
        return f"<mrow><mo>{{</mo><mtable>{cells}</mtable></mrow>"
