"""Templates: what ships, what a user's own file may hold, and what is said when it may not."""

from __future__ import annotations

import pytest

from cvalues.errors import DataError, InputError, UnknownName
from cvalues.prompts import load_template, template_names

NAMES = [
    "choice-cot-en",
    "choice-cot-zh",
    "choice-en",
    "choice-letter-cot-en",
    "choice-letter-cot-zh",
    "choice-letter-en",
    "choice-letter-zh",
    "choice-zh",
    "open-en",
    "open-zh",
    "row",
]

# A changed text is another template: raise `version` in the file with it, then put the new pair here.
FINGERPRINTS = {
    "choice-cot-en": ("1", "3159d63cb8bf4412049af15e00981f8f"),
    "choice-cot-zh": ("1", "87f2d8ba33249163fcceae3f3d693720"),
    "choice-en": ("1", "51933145bbd15a043b1d4ea024d3eaa1"),
    "choice-letter-cot-en": ("1", "4609d54d0ae983569d48843963a0e014"),
    "choice-letter-cot-zh": ("1", "cad46053a0b781a54f2b4fdd6714d8ff"),
    "choice-letter-en": ("1", "e18c73fc6b58e6bad4f74015ddaafc8d"),
    "choice-letter-zh": ("1", "2ab6b3486e07a1249de102e3517f0d46"),
    "choice-zh": ("1", "5d55a04681981d7d2c0b4a684a4905b0"),
    "open-en": ("1", "633feb508f1049b6b72b0f5cbc5f753d"),
    "open-zh": ("1", "d8270c862c415d3461fd07abb2d0462c"),
    "row": ("1", "eb0ee238f9352127352ae498f96176ae"),
}


def own(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


GOOD = """
schema = "template/1"
name = "mine"
version = "3"
lang = "zh"
kind = "choice"
label = "回复{n}"
option = "<{label}>{reply}</{label}>"
user = "问：{question}\\n{options}\\n选{one_of}，共{count}个，用{{}}括起"
"""


def test_the_promised_templates_ship():
    assert template_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_text_never_changes_under_an_old_version(name):
    template = load_template(name)
    assert (template.version, template.digest) == FINGERPRINTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_name_language_kind_and_reasoning_follow_from_the_name(name):
    template = load_template(name)
    assert template.name == name
    assert template.kind == ("open" if name.startswith("open") else "choice")
    assert template.lang == ("en" if name.endswith("-en") else "zh")
    assert template.reasoning is ("-cot-" in name)
    assert template.row is (name == "row")
    if template.kind == "choice":
        assert template.max_tokens == (1024 if template.reasoning else 256)


def test_labels_go_on_for_more_replies_in_every_style():
    assert load_template("choice-zh").labels(3) == ("回复1", "回复2", "回复3")
    assert load_template("choice-en").labels(2) == ("Reply 1", "Reply 2")
    assert load_template("choice-letter-zh").labels(4) == ("A", "B", "C", "D")
    assert load_template("row").labels(2) == ("回复1", "回复2")
    assert load_template("choice-zh").labels(30)[-1] == "回复30"
    with pytest.raises(InputError, match="use 'choice-en'"):
        load_template("choice-letter-en").labels(27)


@pytest.mark.parametrize(("name", "asked"), [("choice-zh", "“回复1”或“回复2”"), ("choice-letter-en", '"A" or "B"')])
def test_a_direct_template_asks_for_a_label_and_nothing_else(name, asked):
    (message,) = load_template(name).messages("q", ["x", "y"])
    assert asked in message.content.splitlines()[-1]
    assert "最终答案" not in message.content and "Final answer" not in message.content


def test_a_reasoning_template_asks_for_a_marked_last_line():
    assert "最终答案：" in load_template("choice-cot-zh").messages("q", ["x", "y"])[0].content.splitlines()[-1]
    assert "Final answer:" in load_template("choice-cot-en").messages("q", ["x", "y"])[0].content.splitlines()[-1]


def test_the_count_of_replies_is_said_in_words():
    assert "两个候选回复" in load_template("choice-zh").messages("q", "ab")[0].content
    assert "四个候选回复" in load_template("choice-zh").messages("q", "abcd")[0].content
    assert "three candidate" in load_template("choice-en").messages("q", "abc")[0].content
    assert "12个候选回复" in load_template("choice-zh").messages("q", "abcdefghijkl")[0].content


def test_labels_to_choose_from_are_listed_for_three():
    assert "“A”、“B”或“C”" in load_template("choice-letter-zh").messages("q", "xyz")[0].content
    assert '"A", "B" or "C"' in load_template("choice-letter-en").messages("q", "xyz")[0].content


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownName, match=r"'choice-hz'; did you mean 'choice-zh'\?.*row"):
        load_template("choice-hz")


def test_a_users_own_file_renders_as_it_says(tmp_path):
    template = load_template(own(tmp_path, GOOD))
    assert template.messages("天？", ["甲", "乙"])[0].content == (
        "问：天？\n<回复1>甲</回复1>\n<回复2>乙</回复2>\n选“回复1”或“回复2”，共两个，用{}括起"
    )


def test_an_edited_file_of_the_users_own_is_another_version(tmp_path):
    first = load_template(own(tmp_path, GOOD))
    same = load_template(own(tmp_path, GOOD))
    edited = load_template(own(tmp_path, GOOD.replace("问：", "请看：")))
    assert first.version.startswith("3+")
    assert first.version == same.version != edited.version


def test_a_system_text_comes_first(tmp_path):
    template = load_template(own(tmp_path, GOOD + 'system = "只说{one_of}。"\n'))
    roles = [(message.role, message.content) for message in template.messages("q", "xy")]
    assert roles[0] == ("system", "只说“回复1”或“回复2”。")
    assert roles[1][0] == "user"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (("{question}", "{qustion}"), "user", r"'qustion'; did you mean 'question'\?"),
        (("{question}", ""), "user", r"needs \{question\} exactly once; it stands there 0 times"),
        (("{question}", "{question}{question}"), "user", "2 times"),
        (("{options}", ""), "user", r"needs \{options\}"),
        (("{options}", "{options}{row}"), "user", "stand alone"),
        (("{{}}", "{"), "user", r"a single '\{'; write '\{\{'"),
        (("{{}}", "}"), "user", r"a single '\}'"),
        (("{reply}", ""), "option", r"needs \{reply\}"),
        (("<{label}>{reply}</{label}>", "{reply}"), "option", r"needs \{label\} at least once"),
        (("{reply}", "{reply}{question}"), "option", "Known: label, reply"),
        (("回复{n}", "回复"), "label", r"needs \{n\} or \{letter\}"),
        (("回复{n}", "{n}{letter}"), "label", "2 times"),
        (('kind = "choice"', 'kind = "open"'), "user", "Known: question"),
        (('kind = "choice"', 'kind = "both"'), "kind", "Invalid enum value 'both'"),
        (('lang = "zh"', 'lang = "fr"'), "lang", "Invalid enum value 'fr'"),
        (('version = "3"', "version = 3"), "version", "Expected `str`"),
        (('version = "3"', ""), None, "missing required field `version`"),
        (('version = "3"', 'version = "3"\ncolour = 1'), None, "unknown field `colour`"),
        (('"template/1"', '"template/9"'), "schema", "template/9"),
        (('version = "3"', 'version = "3"\nmax_tokens = 0'), "max_tokens", "1 or more"),
    ],
)
def test_a_wrong_file_is_refused_with_file_field_and_cure(tmp_path, change, field, says):
    assert change[0] in GOOD
    path = own(tmp_path, GOOD.replace(*change))
    with pytest.raises(DataError, match=says) as caught:
        load_template(path)
    assert caught.value.path == path
    assert caught.value.field == field


def test_a_file_that_is_not_toml_names_the_line(tmp_path):
    with pytest.raises(DataError, match=r"mine\.toml: not valid TOML: .*line 2"):
        load_template(own(tmp_path, 'name = "x"\nversion = \n'))


def test_a_file_in_another_encoding_says_so(tmp_path):
    path = tmp_path / "gbk.toml"
    path.write_bytes("name = '回复'".encode("gbk"))
    with pytest.raises(DataError, match="save it as UTF-8"):
        load_template(str(path))


def test_a_missing_file_names_the_templates_that_exist(tmp_path):
    with pytest.raises(DataError, match=r"none\.toml: template cannot be read.*choice-zh"):
        load_template(str(tmp_path / "none.toml"))
