r"""Regular expressions that mean the same to Python's `re` and to the engine that runs them.

Great Expectations on pandas searches with `re`; the streaming engine searches with Rust's `regex`,
at memory speed and without backtracking. The two agree on a plain dialect, and on nothing outside
it that a suite may rely on: classes like `\d` follow another Unicode version (and take full-width
digits, which no register means), lookaround and back-references exist in one of them only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

_QUANTIFIER = re.compile(r"[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\}")
_GROUP = re.compile(r"\((?:\?:|\?P<[A-Za-z_][A-Za-z0-9_]*>|(?!\?))")
_CONTROLS = "nrtfv"
# Python's $ also stands before a final line feed, Rust's does not.
_SINGLES = {"$": r"(?:\n?\z)", "}": r"\}", "]": r"\]"}


class UnsupportedPatternError(ValueError):
    """The pattern leaves the dialect; the text says where and what to write instead."""


def rust_pattern(pattern: str) -> str:
    r"""`pattern` for Rust's engine, matching exactly the texts in which `re.search` finds it.

    The dialect: literals, `.`, classes of characters and ranges, groups, `|`, greedy and lazy
    quantifiers, `^`, `$`, `\A`, `\Z` and escaped punctuation.
    """
    try:
        translated = "".join(_tokens(pattern))
        re.compile(pattern)
    except IndexError:
        raise UnsupportedPatternError("the pattern ends too early") from None
    except (re.error, RecursionError, OverflowError) as error:
        raise UnsupportedPatternError("not a regular expression") from error
    try:
        pl.Series([""]).str.contains(translated)
    except pl.exceptions.PolarsError as error:
        raise UnsupportedPatternError("too large, or nested too deeply") from error
    return translated


def _tokens(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        end, token = _token(pattern, at)
        yield token
        at = end


def _token(pattern: str, at: int) -> tuple[int, str]:
    """The end of the token at `at`, and the token as Rust writes it."""
    match pattern[at]:
        case "\\":
            return at + 2, _escape(pattern[at + 1], outside_class=True)
        case "[":
            return _class(pattern, at)
        case "(":
            return _group(pattern, at)
        case "*" | "+" | "?" | "{":
            return _quantifier(pattern, at)
        case "$" if pattern[at + 1 : at + 2] not in ("", ")", "|"):
            raise UnsupportedPatternError("$ stands at the end of an alternative")
        case single:
            return at + 1, _SINGLES.get(single, single)


def _group(pattern: str, at: int) -> tuple[int, str]:
    found = _GROUP.match(pattern, at)
    if found is None:
        raise UnsupportedPatternError("write groups as (…), (?:…) or (?P<name>…) only")
    return found.end(), found.group()


def _quantifier(pattern: str, at: int) -> tuple[int, str]:
    found = _QUANTIFIER.match(pattern, at)
    if found is None:
        raise UnsupportedPatternError("write a literal { as \\{, and {0,n} instead of {,n}")
    end = found.end()
    if pattern.startswith("?", end):
        end += 1
    elif pattern.startswith("+", end):
        raise UnsupportedPatternError("possessive quantifiers are not supported")
    return end, pattern[at:end]


def _class(pattern: str, at: int) -> tuple[int, str]:
    opening = "[^" if pattern.startswith("[^", at) else "["
    here, body = at + len(opening), ""
    while pattern[here] != "]" or not body:
        character = pattern[here]
        if character in "[]" or pattern[here : here + 2] in ("&&", "||", "~~", "--"):
            raise UnsupportedPatternError("inside [ ] write \\[ and \\], and &, |, ~ or - once")
        if character == "\\":
            body += _escape(pattern[here + 1], outside_class=False)
            here += 2
        else:
            body += character
            here += 1
    return here + 1, f"{opening}{body}]"


def _escape(character: str, *, outside_class: bool) -> str:
    if outside_class and character == "A":
        return r"\A"
    if outside_class and character == "Z":
        return r"\z"
    if character in _CONTROLS:
        return "\\" + character
    if character.isascii() and not character.isalnum() and character.isprintable():
        return f"\\x{{{ord(character):x}}}"
    raise UnsupportedPatternError(
        f"\\{character} is not supported: write classes out, as [0-9] or [A-Za-z0-9_]"
    )
