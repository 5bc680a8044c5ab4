"""Statements about options, how much each weighs, and the sentence they are read from."""

from __future__ import annotations

from typing import NamedTuple

from cvalues.labels.lexicon import Lexed

__all__ = [
    "ALIKE",
    "ANSWER",
    "BETTER",
    "CHOICE",
    "CUED",
    "DETAIL",
    "HEAD",
    "LOOSE",
    "OVERALL",
    "PLAIN",
    "Event",
    "Sentence",
]

CUED, ANSWER, CHOICE, OVERALL, BETTER, DETAIL, ALIKE, LOOSE, HEAD, PLAIN = 70, 60, 40, 35, 30, 25, 24, 20, 15, 10


class Event(NamedTuple):
    """One statement about the options.

    Attributes:
        tier: how much it weighs; see `grammar`.
        kind: `pick`, `reject`, `both` or `neither`.
        option: 1-based displayed position; 0 for both and neither.
        rule: the name of the rule that read it.
        start: index of its first symbol, later its first character.
        end: index after its last symbol, later after its last character.
    """

    tier: int
    kind: str
    option: int
    rule: str
    start: int
    end: int


class Sentence:
    """One sentence in symbols while it is being read.

    Attributes:
        symbols: what is left to read; understood parts are blanked with `~`.
        partial: whether an option is only compared with one of several others.
        headed: whether it begins "A: …", so that what follows may be the option's own text.
        events: what was read so far, placed by symbol.
    """

    __slots__ = ("carried", "events", "headed", "k", "lexed", "partial", "symbols")

    def __init__(self, lexed: Lexed, k: int, carried: int) -> None:
        self.lexed = lexed
        self.symbols = lexed.symbols
        self.k = k
        self.carried = carried
        self.partial = False
        self.headed = False
        self.events: list[Event] = []

    def add(self, tier: int, kind: str, option: int, rule: str, place: tuple[int, int]) -> None:
        """Note a statement at that range of symbols."""
        self.events.append(Event(tier, kind, option, rule, *place))

    def blank(self, start: int, end: int) -> None:
        """Blank a part that is understood."""
        self.symbols = f"{self.symbols[:start]}{'~' * (end - start)}{self.symbols[end:]}"

    def put(self, at: int, symbol: str) -> None:
        """Put one symbol in the place of another."""
        self.symbols = f"{self.symbols[:at]}{symbol}{self.symbols[at + 1 :]}"
