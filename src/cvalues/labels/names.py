"""The names an option goes by: its label, 选项一, "Response 1", 第一个, 前者, (A), and where a bare 2 is one.

Patterns are written once with @-parts and filled in for the labels of a prompt: @D its digits, @L its
letters, @Z its Chinese numerals, @O a circled digit, @N and @E the nouns for a reply.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cvalues.labels.normalise import fold

__all__ = ["RANKS", "Names", "names"]

_DIGITS, _CHINESE, _CIRCLED, _ROMAN, _LETTERS = "123456", "一二三四五六", "①②③④⑤⑥", "ⅠⅡⅢⅣⅤⅥ", "ABCDEF"
_WORDS = ("one", "two", "three", "four", "five", "six")
_FIRST = ("first", "second", "third", "fourth", "fifth", "sixth")
_FIRST_SHORT = ("1st", "2nd", "3rd", "4th", "5th", "6th")
RANKS: dict[str, int] = {
    symbol: rank
    for symbols in (_DIGITS, _CHINESE, _CIRCLED, _ROMAN, _LETTERS, _LETTERS.lower(), _WORDS, _FIRST, _FIRST_SHORT)
    for rank, symbol in enumerate(symbols, 1)
} | {"首": 1}
"""What a numeral, a letter or an ordinal counts."""

_NOUN_ZH = "(?:回复|回答|答复|答案|回应|应答|反馈|选项|方案|文本|版本|候选|备选)"
_NOUN_EN = "(?:response|reply|answer|option|choice|candidate|assistant|text)"
# Letters that a reference can begin with, beside its index; asked first, because most letters begin none.
_STARTS = re.escape("[(\"“'<{《 回答应反选方文版候备第首最前后结/") + "rRaAoOcCtTfFlLvVpPwWsS"

# @I an index after a noun, not a count or a word (回复1个问题, 回答一下, "answer a question"); @( and @) brackets.
_NAMED = r"""(?x)
(?=[@S])(?:
  (?P<close> [\[(]?/?(?:回复|回答|选项)[ ]?@C[ ]?(?:结束|开始)[\])]? )
| @(  (?:
    (?P<literal> @T )(?!\d|\.\d|%|[ ]?个(?![性人]))
  | @N[ ]?(?:[#号]|编号|[-_])?@( (?P<noun> @I )
  | \b(?i:@E)[ ]?(?:[#_-]|(?i:no\.?|number)[ ])?[ ]?@( (?P<english> @I|(?i:@W)\b )
  | 第(?P<nth> @C )(?:
        [个条种份项段则号][ ]?(?:@N|说法|观点|做法)
      | [个条种份项则号](?=[ ]?(?:
            [更比是不较略稍为才要,.。;:!?、和与跟或”"\])\n显明在的相会则也无很最优胜应都因而既并且没回选]|$
          | 好(?!处)|不?合适|安全(?=[的,。、更且和])|负责|可取|一票))
      | [ ]?@N
      | (?=[。,.!\n]*$))
  | (?P<number> @C )号@N?
  | (?P<head> 首 )[个条]@N
  | 最后一?(?P<tail> [个条] )@N
  | (?P<former> 前者|(?<!更)前面?[一那][个条种]@N?|(?i:(?:the[ ])?former\b) )(?:[ ]@E\b)?
  | (?P<latter> 后者|(?<!最)后面?[一那][个条种]@N?|(?i:(?:the[ ])?latter\b) )(?:[ ]@E\b)?
  | (?i:(?:the[ ])?\b(?P<th> @F )[ ](?:one|statement|@E)\b)
  | (?i:\bthe[ ](?P<the> @F ))(?=[ ](?:is|was|would|seems|has)\b|[.,;!][ \n]?|[ ]*$)
  | (?P<pair> (?<=[和与、或/及&])[ ]?(?:[@D@L](?![\dA-Za-z.])|[@Z](?![下个些般样定切直起致次条句种])) )
  ) @)
# A bare index counts right after the words that ask for one, or right before a comparison.
| (?:选择?|选的是|答案|结论|选项|(?i:\b(?:answer|choice|choose|verdict|preferred|winner|label|result)\b))["'”]?[ ]?
  (?:(?:应该|应|就|更|会)*[是为:=]|(?i:\bis\b|\bwould[ ]be\b))*[ \n]*["'“\[({]*
  (?P<asked> [@D@l@O一二](?![A-Za-z0-9]|[ ]?[.、)][ ]?[^\s"'}])(?=["'”\])}]*[ ]*(?:[。,.;:!}\n)]|$|因|更|比)) )
| (?<![\d.A-Za-z])(?P<compared> [@D] )(?=[ ]?(?:更[好优佳合适安负符为加]|比[ ]?[@D]))
)
"""
_LETTER = r"""(?x)
(?<![A-Za-z0-9_'.-])([\[("“'<]?)([@L])(?![A-Za-z0-9_&]|[-/][A-Za-z]{2}|\.[A-Z])([\])"”'>]?)
"""
# Where nothing else names an option: a reply that is an index, "更好的是2", "2比1好".
_BARE = r"""(?x)
^[ \n"“'\[({]*(?:我|会|应该|认为|觉得|答|更好的?|选|是|:)*[ ]?
  (?P<bare> [@D@O@l@Z] )[ "”'\])}]*(?:[。!,;\n]|\.?[ ]*(?:\n|$))(?![ ]?\d)
| (?:[更较最][\u4e00-\u9fff]{1,4}的|更好|更安全|更负责任|更合适|(?i:better|best|prefer|choose|pick|go[ ]with))
  [a-z_ ]{0,30}["'”]?(?:@N|选择|一个|那个)?[ ]?(?:(?:应该|应|就)*[是为:]+|(?i:is)\b|:)[ ]*
  @( (?P<better> [@D@O@m] )(?![\dA-Za-z]|[个条种点])
| (?<![\d.A-Za-z])(?P<than> [@D@O] )(?=[ ]?(?:比|优于|不如|好于|胜过|强于|更|好|>
  |(?i:is[ ](?:much[ ]|clearly[ ])?(?:better|safer|more|worse|the[ ]better))))
| (?<=[比于如过>])[ ]?(?P<object> [@D@O] )(?![\d.个条种])
"""


class Names(NamedTuple):
    """How the options of one prompt are named.

    Attributes:
        k: how many options there are.
        places: rank of a number or letter to 1-based displayed position.
        letters: whether the labels are letters.
        literals: the labels themselves, folded, to their positions.
        named: finds names that stand for an option wherever they are.
        letter: finds letters that may.
        bare: finds bare indices that may.
        capital: finds any of the letters, to ask first.
    """

    k: int
    places: dict[int, int]
    letters: bool
    literals: dict[str, int]
    named: re.Pattern[str]
    letter: re.Pattern[str]
    bare: re.Pattern[str]
    capital: re.Pattern[str]


@lru_cache(maxsize=64)
def names(labels: tuple[str, ...]) -> Names:
    """Return how options with these displayed labels are named."""
    k = len(labels)
    folded = [fold(label).strip(" []()") for label in labels]
    found = [RANKS.get(label[-1:], 0) for label in folded]
    places = dict(zip(found, range(1, k + 1), strict=True))
    if len(places) != k or 0 in places:
        places = {position: position for position in range(1, k + 1)}
    literals = {label: n for n, label in enumerate(folded, 1) if len(label) > 1}
    parts = _parts(k, folded, list(literals))
    return Names(
        k=k,
        places=places,
        letters=all(len(label) == 1 and label.isalpha() for label in folded),
        literals=literals,
        named=_fill(_NAMED, parts),
        letter=_fill(_LETTER, parts),
        bare=_fill(_BARE, parts),
        capital=re.compile(f"[{_LETTERS[:k]}]"),
    )


def _parts(k: int, folded: list[str], literals: list[str]) -> dict[str, str]:
    digits, letters, chinese = _DIGITS[:k], _LETTERS[:k], _CHINESE[:k]
    small = letters.lower()
    starts = {*digits, *letters, *chinese, *(label[0] for label in folded if label)}
    return {
        "@I": rf"(?:[{digits}{_CIRCLED[:k]}{_ROMAN[:k]}](?!\d|\.\d|%|[ ]?个(?![性人]))"
        rf"|[{chinese}](?![下个些般样定切直起致次条句种旦味位名者])"
        rf"|[{letters}{small[1:]}](?![A-Za-z0-9])|a(?![A-Za-z0-9])(?![ ][a-z]))",
        "@S": _STARTS + re.escape("".join(sorted(starts))),
        "@T": "|".join(sorted(map(re.escape, literals), key=len, reverse=True)) or "(?!)",
        "@F": "(?:" + "|".join((*_FIRST, *_FIRST_SHORT, "last")) + ")",
        "@W": "(?:" + "|".join(_WORDS[:k]) + ")",
        "@C": f"[{chinese}{digits}]",
        "@D": digits,
        "@L": letters,
        "@l": small,
        "@m": small[1:],
        "@Z": chinese,
        "@O": _CIRCLED[:k],
        "@N": _NOUN_ZH,
        "@E": _NOUN_EN,
        "@(": r"[\[(\"“'<{《]?[ ]?",
        "@)": r"[ ]?[\])\"”'>}》]?",
    }


def _fill(pattern: str, parts: dict[str, str]) -> re.Pattern[str]:
    return re.compile(re.sub(r"@[A-Za-z()]", lambda match: parts[match.group()], pattern))
