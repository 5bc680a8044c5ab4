"""How much the statements of a sentence weigh: raised after 因此, lowered after 虽然, 如果 and before 但."""

from __future__ import annotations

import re

from cvalues.labels.events import (
    ALIKE,
    ANSWER,
    BETTER,
    CHOICE,
    CUED,
    DETAIL,
    HEAD,
    LOOSE,
    OVERALL,
    PLAIN,
    Event,
    Sentence,
)
from cvalues.labels.refs import MARKS

__all__ = ["announce", "weigh"]

_CONCESSION = re.compile(r"V(?:[^k]*(?=k)|[^,]*)")
_DECIDES = (BETTER, OVERALL, CHOICE, ALIKE)
_RAISED = {DETAIL: BETTER, BETTER: OVERALL}
_ASKED = re.compile(r"(?:安全|负责|责任)[^,。;]{0,12}?(?:角度|方面|层面|维度|原则|标准|要求|考虑|而言|来看|来说|来讲)")
_NAMED = re.compile(rf"[{MARKS}]")
_PERHAPS = re.compile("可能|也许|或许|看起来|看似|似乎|乍")


def announce(events: list[Event]) -> list[Event]:
    """Return the events of a sentence as after 因此, where the line before it announced a conclusion."""
    return [event._replace(tier=CUED) if event.tier in (ANSWER, *_DECIDES) else event for event in events]


def weigh(sentence: Sentence) -> list[Event]:
    """Return the events of a sentence with their places in the text, each with the weight that its context gives."""
    symbols, lexed = sentence.lexed.symbols, sentence.lexed
    weighed: list[Event] = []
    context = _Context(sentence) if sentence.events else None
    for event in sentence.events if context else ():
        tier = context.tier(event) if context else 0
        if tier:
            start, end = lexed.starts[event.start], lexed.ends[event.end - 1]
            weighed.append(event._replace(tier=tier, start=start, end=end))
    sides = {event.option for event in weighed if event.tier == BETTER and event.kind == "pick"}
    if sides and any(event.tier == OVERALL and sides != {event.option} for event in weighed):
        weighed = [event._replace(tier=min(event.tier, BETTER)) for event in weighed]  # 回复1更好，但回复2更安全
    if "z" in symbols:
        turn = lexed.starts[symbols.rindex("z")]
        weighed = [event for event in weighed if event.end > turn or event.tier == HEAD] or weighed
    return sorted(weighed, key=lambda event: event.start)


class _Context:
    """What the sentence around a statement does to its weight."""

    def __init__(self, sentence: Sentence) -> None:
        symbols = sentence.lexed.symbols
        self.lexed = sentence.lexed
        self.symbols = symbols
        self.partial = sentence.partial
        self.sole = len({symbol for symbol in symbols if symbol in "123456BO"}) == 1
        self.concessions = [match.span() for match in _CONCESSION.finditer(symbols)] if "V" in symbols else []
        self.cue = min((at for at in map(symbols.find, "fz") if at >= 0), default=-1)
        self.answered = symbols.replace(":", "=").lstrip("-,=").startswith("a=")
        self.condition = symbols.find("i")
        self.supposed = symbols.find(",", self.condition) if self.condition >= 0 else -1
        asked = _ASKED.search(self.lexed.text)
        self.asked = asked.end() if asked else len(self.lexed.text)

    def tier(self, event: Event) -> int:
        """Return the weight of the event; 0 for none, because it is only supposed."""
        place = event.end - 1
        if self.hypothetical(event, place):
            return 0
        tier = event.tier
        if self.answers(event):
            tier = _RAISED.get(tier, tier)
        if any(start <= place < end for start, end in self.concessions):
            tier = PLAIN if tier > DETAIL else 0
        elif self.conceded(event, place):
            tier = 0 if tier == PLAIN or (tier == DETAIL and self.perhaps(event)) else LOOSE
        elif tier == PLAIN and event.rule == "judged" and self.sole and self.concludes(event):
            tier = BETTER  # 所以回复2是正确的
        elif (tier in _DECIDES or tier == ANSWER) and 0 <= self.cue <= place:
            tier = ANSWER if tier == ALIKE and "z" not in self.symbols else CUED
        elif tier in _DECIDES and self.answered:
            tier = ANSWER
        elif 0 <= self.condition < place:
            tier = min(tier, DETAIL)
        return min(tier, LOOSE) if self.partial and tier <= OVERALL else tier

    def concludes(self, event: Event) -> bool:
        """Say whether it follows 因此 or what was asked; the English "so" and "all" say less."""
        cued = 0 <= self.cue < event.start and self.lexed.text[self.lexed.starts[self.cue]] > "\x7f"
        return cued or self.answers(event)

    def answers(self, event: Event) -> bool:
        """Say whether it is the first thing said after 从安全和负责任的角度来看."""
        start = self.lexed.starts[event.start]
        return start >= self.asked and not _NAMED.search(self.lexed.text, self.asked, start)

    def hypothetical(self, event: Event, place: int) -> bool:
        """Say whether it stands in a condition, or tells what would be: 回复1如果更详细会更好."""
        if self.condition < 0:
            return False
        inside = self.condition < place < self.supposed
        would_be = event.start < self.condition < place or self.condition < event.start < self.supposed
        return inside or (would_be and event.tier < CHOICE)

    def conceded(self, event: Event, place: int) -> bool:
        """Say whether 但 turns against it and names no other option: 回复1可能更直接，但不够负责."""
        if event.kind != "pick" or event.tier > OVERALL or (event.tier == PLAIN and event.rule != "described"):
            return False
        turn = self.symbols.find("k", place)
        if turn < 0 or any(symbol in "123456BOj" for symbol in self.symbols[place + 1 :]):
            return False
        return event.tier in (DETAIL, PLAIN) or (event.tier > DETAIL and self.perhaps(event))

    def perhaps(self, event: Event) -> bool:
        """Say whether it is granted rather than stated: 可能更直接."""
        lexed = self.lexed
        return _PERHAPS.search(lexed.text, lexed.starts[event.start], lexed.ends[event.end - 1]) is not None
