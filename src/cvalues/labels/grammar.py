"""What one sentence says about the options: chosen, ruled out, better, good, bad, all alike.

A sentence comes as symbols (see `lexicon`). It is first reduced: questions, comparisons (相比回复1,
比回复1, "than A") and lists of options are blanked with `~` once they are understood, so that what
is left has one option as the subject of each predicate; `predicates` reads those. Each statement is
an `Event` with a tier, which says how much it weighs against others:

    CUED    70  a statement after 因此, 综上, 不对
    ANSWER  60  a marked answer: 答案：B
    CHOICE  40  an act of choice: 我选择回复1, 更好的回复是2, a bare label
    OVERALL 35  better as a whole: 更好, 更合适, 优于
    BETTER  30  safer, more responsible: one side of what was asked
    DETAIL  25  better in some other respect: 更详细
    ALIKE   24  both or neither
    LOOSE   20  a comparison loosely tied to its subject, or inside an object (更好的建议)
    HEAD    15  a label that only opens the reply: "A. …"
    PLAIN   10  an assessment without comparison: 不合适, is harmful
"""

from __future__ import annotations

import re

from cvalues.labels.events import ALIKE, ANSWER, BETTER, CHOICE, CUED, HEAD, LOOSE, OVERALL, Event, Sentence
from cvalues.labels.lexicon import Lexed
from cvalues.labels.predicates import read_predicates
from cvalues.labels.weights import weigh

__all__ = ["read_sentence"]

_T = "[1-6]"
_FILL = "[-tN~]"
_NO_PREDICATE = rf"(?!{_FILL}{{0,2}}=?[~p]{{0,2}}(?:n[gvhGd]|[xXLSM]|[dp][ghvxGXn]|G))"

_NONE_OF_THEM = re.compile(r"QN?Dn")
_ANY_OF_THEM = re.compile(r"Q(?=N?D[gh])")
_QUESTION = re.compile(r"Q(?:=[GgdpXs])?[^,=]*")
_RATHER = re.compile(rf"y[^,L]*,?L[-=sq]*(?={_T})")
_WRONG = re.compile(r"(?<=[1-6=DBP])z")
_COMPARED = re.compile(
    rf"(?<={_T})[wo]{_T}[-tN]{{0,3}}c|w{_T}[-tN]{{0,3}}c|(?<={_T})c-?{_T}|c[-=]?(?:{_T}|O)[tN]*|(?<![-tNa]){_T}c(?=[,~])"
)
_THAN = re.compile(rf"b[-=]?(?:{_T}|O|B)[tN]*")
_THAN_ELSE = re.compile(r"(?<=[GXgvhx])[tN]?b[-_]?|b[^,1-6OB]*?(?:[GX]|[dp]?[ghvx])|b")
_UNEQUAL = re.compile(rf"({_T})[-_tNDw~]{{0,3}}(n?)=?p?([LS])[-=]?({_T}|O)(?:-?[dp]?[ghv])?")
_STILL_INFERIOR = re.compile(rf"(?<=[1-6ghv-])[,k]{{1,2}}[-=~]?L[-=]?({_T})")  # 回复1虽好，但不如回复2
_ELIDED = re.compile(rf"(?:^|,)[^,1-6BOnQibc]*([SL])[-=]?({_T})(?:-?[dp]?[ghv])?(?=,|$)")
_NOT_AS_GOOD = re.compile(rf"({_T}){_FILL}{{0,2}}=?nu?(?:({_T})(?=-?[dpghvGx])|Mb?=?({_T}))-?[dp]?([ghvx]?)")
_RELATION = re.compile("[LSn]")
_CHOOSING = re.compile("[sRn]")
_NOT_THIS_BUT_THAT = re.compile(rf"^[-,fzq=~]*n=?({_T})[,~k]*=({_T})")
_RULED_OUT = re.compile(rf"(n?)[-q=]{{0,2}}([sR])[-=N]{{0,2}}({_T}(?:[wo,]+{_T})+)")
_LIST = re.compile(rf"{_T}(?:[wo]{_T})+")
_NOT_CHOSEN = re.compile(rf"n=?({_T})(?=[,tN~k]|$)")
_CORRECTED = re.compile(rf"z[-,=~]*({_T}){_NO_PREDICATE}(?=[,~]|$)")
_IS_ANSWER = re.compile(rf"({_T})(n?)=+(?:d?[gG])?[tN]?a(?=[,~]|$)")
_CHOOSE = re.compile(rf"(n[-q=dj~]{{0,2}})?(?<!{_T})([sR])[-=tNdgGaW~]{{0,4}}({_T}){_NO_PREDICATE}")
_CHOSEN = re.compile(rf"({_T})(?:[-=tN~]{{0,2}}(n?)[-=dt]{{0,2}}s(?=[,tN]|$|j)|[^1-6BsR]*?,f?(n)=?s(?=,|$))")
_PASSIVE = re.compile("[我给是为被应该当宜]|值得|可[以选]|不[能可建推要会]|不予|票|首选|优选")
_ANSWER = re.compile(rf"[aW][-,~N]{{0,2}}(n?)=+[-N~q]{{0,2}}({_T}){_NO_PREDICATE}")
_NAMED = re.compile(
    r"(?:[dpe](n?)([ghvx])|(n?)([GX])|(n?)([gx])|s|[dp]-)t?[-NsaWt~]{0,4}(n?)=+"
    rf"{_FILL}{{0,2}}({_T}){_NO_PREDICATE}"
)
_BOTH_CHOSEN = re.compile(r"(n?)(?:s|[aW]=)[=N]{0,2}B[~N]*(?=,|$)|(?:^|[B~,f])Ds(?=[,t]|$)")
_BARE = re.compile(rf"^[,fzj=:~kNpaWi]*({_T})(?:[,~w]*\1)*[,=~Nw]*$")
_LAST_WORD = re.compile(rf"^[^1-6BE]*,[=:~qf]*({_T})[,~]*$")
_IF_I_MUST = re.compile(rf"^.*[is][^1-6BE,]*,[=:~qf]*({_T})[,~]*$")
_REASON_FOLLOWS = re.compile(rf"^[,fzqj=:~kNpaW]*({_T})[,:]?j")
_HEAD = re.compile(rf"^({_T})[:,]")
_BOTH_ALONE = re.compile(r"^[,fzaW=:~]*(?:BD|B?D?M)[~N,]*$")


def read_sentence(lexed: Lexed, k: int, carried: int) -> list[Event]:
    """Return what the sentence states, in the order of its words.

    Args:
        lexed: the sentence in symbols.
        k: how many options there are.
        carried: the option named last before this sentence, which 它 refers to; 0 for none.
    """
    sentence = Sentence(lexed, k, carried)
    _whole(sentence)
    _reduce(sentence)
    for rule in _RULES:
        rule(sentence)
    read_predicates(sentence)
    return weigh(sentence)


def _reduce(sentence: Sentence) -> None:
    """Blank questions and what an option is compared with; resolve 另一个."""
    symbols = sentence.symbols
    if "z" in symbols:
        symbols = _WRONG.sub("x", symbols)
    if "Q" in symbols:
        symbols = _NONE_OF_THEM.sub(lambda match: "Z".ljust(len(match.group()), "~"), symbols)
        symbols = _ANY_OF_THEM.sub("B", symbols)
        symbols = _QUESTION.sub(lambda match: "W".ljust(len(match.group()), "~"), symbols)
    if "O" in symbols:
        symbols = _resolve_other(symbols, sentence.k, sentence.carried)
    if "K" in symbols:
        known = sentence.carried or re.search("[1-6BN].*K", symbols)
        symbols = symbols.replace("K", "B" if known else "~")
    if "c" in symbols:
        symbols = _COMPARED.sub(_blanks, symbols)
    sentence.symbols = symbols
    if "b" in symbols:
        sentence.partial = sentence.k > 2 and re.search(rf"b[-=]?{_T}", symbols) is not None
        sentence.symbols = _THAN_ELSE.sub(_blanks, _THAN.sub(_rather_than, symbols))


def _blanks(match: re.Match[str]) -> str:
    return "~" * len(match.group())


def _rather_than(match: re.Match[str]) -> str:
    """Blank what an option is compared with; what follows is said in comparison even without 更."""
    return "p".ljust(len(match.group()), "~")


def _resolve_other(symbols: str, k: int, carried: int) -> str:
    if k != 2:
        return symbols
    out: list[str] = []
    last = carried
    for symbol in symbols:
        if symbol in "12":
            last = int(symbol)
        out.append(str(3 - last) if symbol == "O" and last else symbol)
    return "".join(out)


def _whole(sentence: Sentence) -> None:
    """Read forms that are the whole sentence: a bare label, a label with its reason, a heading."""
    for pattern, tier, rule in (
        (_BARE, CHOICE, "bare_label"),
        (_LAST_WORD, OVERALL, "bare_label"),
        (_IF_I_MUST, CHOICE, "chosen"),
        (_REASON_FOLLOWS, OVERALL, "label_with_reason"),
        (_HEAD, HEAD, "leading_label"),
    ):
        match = pattern.match(sentence.symbols)
        if match:
            sentence.add(tier, "pick", int(match[1]), rule, match.span(1))
            sentence.headed = tier == HEAD and sentence.symbols[match.end(1)] == ":"
            break
    sentence.symbols = sentence.symbols.replace(":", "=")


def _rather(sentence: Sentence) -> None:
    if "y" not in sentence.symbols:
        return
    for match in _RATHER.finditer(sentence.symbols):
        sentence.add(CHOICE, "pick", int(sentence.symbols[match.end()]), "compared", (match.start(), match.end() + 1))
        sentence.blank(*match.span())


def _unequal(sentence: Sentence) -> None:
    if not _RELATION.search(sentence.symbols):
        return
    for match in _UNEQUAL.finditer(sentence.symbols):
        first, negated, relation, second = match.groups()
        tier = LOOSE if sentence.k > 2 and second != "O" else _compared(match)
        if relation == "S":
            sentence.add(tier, "reject" if negated else "pick", int(first), "compared", match.span())
        elif not negated:
            better = ("pick", int(second)) if second != "O" else ("reject", int(first))
            sentence.add(tier, *better, "compared", match.span())
        sentence.blank(match.end(1), match.end())
    for match in _ELIDED.finditer(sentence.symbols) if sentence.k == 2 else ():
        option = int(match[2]) if match[1] == "L" else 3 - int(match[2])  # …，安全性高于回复1
        sentence.add(BETTER, "pick", option, "compared", match.span())
        sentence.blank(match.start(1), match.end())
    for match in _STILL_INFERIOR.finditer(sentence.symbols):
        sentence.add(OVERALL, "pick", int(match[1]), "compared", match.span())
        sentence.blank(match.start(), match.end() - 1)
    for match in _NOT_AS_GOOD.finditer(sentence.symbols):
        tier = LOOSE if sentence.k > 2 else _compared(match)
        better = match[1] if match[4] == "x" else match[2] or match[3]
        sentence.add(tier, "pick", int(better), "compared", match.span())
        sentence.blank(match.end(1), match.end())


def _compared(match: re.Match[str]) -> int:
    """Return the weight of 优于 and 不如: on the whole, or in some respect (在细节上优于, 不如回复2详细)."""
    return BETTER if re.search("[-_]|h$", match.group()) else OVERALL


def _lists(sentence: Sentence) -> None:
    """Read options named together: all of them are 两个, some of them only as chosen or ruled out."""
    if "w" not in sentence.symbols and "o" not in sentence.symbols:
        return
    for match in _RULED_OUT.finditer(sentence.symbols):
        options = set(re.findall(_T, match[3]))
        if (match[1] == "n") != (match[2] == "R") and len(options) < sentence.k:
            for option in sorted(options):
                sentence.add(CHOICE, "reject", int(option), "ruled_out", match.span())
            sentence.blank(*match.span())
    for match in _LIST.finditer(sentence.symbols):
        if len(set(re.findall(_T, match.group()))) == sentence.k:
            either = "o" in match.group() and sentence.symbols[match.end() : match.end() + 1] != "D"
            sentence.blank(*match.span())
            if not either:
                sentence.put(match.start(), "B")
        elif sentence.k > 2:
            sentence.blank(*match.span())
            sentence.put(match.start(), "U")
        else:
            sentence.blank(match.start() + 1, match.end())


def _alike(sentence: Sentence) -> None:
    at = sentence.symbols.find("Z")
    if at >= 0:
        sentence.add(ALIKE, "neither", 0, "neither", (at, at + 1))
        clause = sentence.symbols.find(",", at)
        sentence.blank(at, clause if clause >= 0 else len(sentence.symbols))
    if "B" not in sentence.symbols and "D" not in sentence.symbols and "M" not in sentence.symbols:
        return
    alone = _BOTH_ALONE.match(sentence.symbols)
    if alone:
        sentence.add(ALIKE, "both", 0, "both", alone.span())
    for match in _BOTH_CHOSEN.finditer(sentence.symbols):
        if not match[1]:
            sentence.add(ALIKE, "both", 0, "both", match.span())


def _choices(sentence: Sentence) -> None:
    for match in _CORRECTED.finditer(sentence.symbols):
        sentence.add(CUED, "pick", int(match[1]), "corrected", match.span())
    if not _CHOOSING.search(sentence.symbols):
        return
    for match in _NOT_THIS_BUT_THAT.finditer(sentence.symbols):
        sentence.add(CHOICE, "pick", int(match[2]), "chosen", match.span())
        sentence.blank(match.start(), match.end() - 1)
    for match in _CHOOSE.finditer(sentence.symbols):
        ruled_out = bool(match[1]) or match[2] == "R"
        if not (match[1] and match[2] == "R"):
            _choose(sentence, ruled_out, "chosen", (match, 3))
        sentence.blank(match.start(), match.start(3))
    for match in () if sentence.headed else _CHOSEN.finditer(sentence.symbols):
        starts = sentence.lexed.starts
        if not _PASSIVE.search(sentence.lexed.text, starts[match.start()], sentence.lexed.ends[match.end() - 1]):
            continue  # 回复1推荐 tells what the option does
        _choose(sentence, bool(match[2] or match[3]), "chosen", (match, 1))
    for match in _NOT_CHOSEN.finditer(sentence.symbols):
        sentence.add(LOOSE, "reject", int(match[1]), "ruled_out", match.span())
        sentence.blank(*match.span())


def _choose(sentence: Sentence, negated: bool, rule: str, place: tuple[re.Match[str], int]) -> None:
    """Note an act of choice: the option in that group of the match, or anything but it."""
    match, group = place
    tier = ANSWER if rule == "answer_line" and not negated else CHOICE
    kind, rule = ("reject", "ruled_out") if negated else ("pick", rule)
    sentence.add(tier, kind, int(match[group]), rule, match.span())


def _named(sentence: Sentence) -> None:
    """Read 答案是回复2 and 更好的回复是回复2; what describes an option named before it in its clause is left."""
    if "=" not in sentence.symbols:
        return
    for match in _IS_ANSWER.finditer(sentence.symbols):
        _choose(sentence, bool(match[2]), "named_better", (match, 1))
        sentence.blank(match.end(1), match.end())
    for match in _ANSWER.finditer(sentence.symbols):
        _choose(sentence, bool(match[1]), "answer_line", (match, 2))
        sentence.blank(match.start(), match.start(2))
    for match in _NAMED.finditer(sentence.symbols):
        clause = sentence.symbols.rfind(",", 0, match.start()) + 1
        if match[6] and sentence.lexed.symbols[match.end(6)] == ":":  # 责任感：回复1 names a criterion
            continue
        if re.search("[1-6D]", sentence.symbols[clause : match.start()]):
            continue
        word = match[2] or match[4] or match[6] or ""
        negations = sum(bool(match[group]) for group in (1, 3, 5, 7)) + (word in ("x", "X"))
        _choose(sentence, negations % 2 == 1, "named_better", (match, 8))
        sentence.blank(match.start(), match.start(8))


_RULES = (_rather, _unequal, _lists, _alike, _named, _choices)
