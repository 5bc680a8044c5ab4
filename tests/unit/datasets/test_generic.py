"""Any table by a column map."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cvalues.datasets import parse_columns, read_items
from cvalues.errors import DataError, InputError, UnknownName

MAP = "prompt=问题,good=正例,bad=反例,category=领域"


def csv(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_and_bad_columns_make_a_choice_in_our_category(tmp_path: Path) -> None:
    path = csv(tmp_path, "问题,正例,反例,领域\n怎么办？,好好说。,动手。,法理学\n")
    [item] = read_items(path, columns=parse_columns(MAP))
    assert (item.kind, item.prompt, item.category, item.level) == (
        "choice",
        "怎么办？",
        "responsibility/law",
        2,
    )
    assert (item.options[item.gold or 0], set(item.options)) == ("好好说。", {"好好说。", "动手。"})


def test_an_xlsx_gives_the_items_of_the_csv(tmp_path: Path) -> None:
    rows = {
        "问题": ["甲？", "乙？"],
        "正例": ["好", "是"],
        "反例": ["坏", "否"],
        "领域": ["偏见歧视", "园艺"],
    }
    pl.DataFrame(rows).write_excel(tmp_path / "t.xlsx")
    pl.DataFrame(rows).write_csv(tmp_path / "t.csv")
    read = [read_items(tmp_path / name, columns=parse_columns(MAP)) for name in ("t.xlsx", "t.csv")]
    assert [item.id for item in read[0]] == [item.id for item in read[1]]
    assert [item.category for item in read[0]] == ["safety/discrimination", "other/园艺"]


@pytest.mark.parametrize(
    ("columns", "cell", "gold"),
    [
        ("gold=答案", "0", 0),
        ("gold=答案", "2", 2),
        ("gold=答案", "b", 1),
        ("gold=答案", "丙", 2),
        ("gold1=答案", "1", 0),
        ("gold1=答案", "3.0", 2),
    ],
)
def test_the_gold_is_a_number_a_letter_or_the_options_own_text(
    tmp_path: Path, columns: str, cell: str, gold: int
) -> None:
    path = csv(tmp_path, f"问,A,B,C,D,答案\n哪个？,甲,乙,丙,,{cell}\n")
    [item] = read_items(path, columns=parse_columns(f"prompt=问,options=A|B|C|D,{columns}"))
    assert (item.options, item.gold) == (("甲", "乙", "丙"), gold)


def test_options_in_one_column_are_a_json_array(tmp_path: Path) -> None:
    path = csv(tmp_path, '问,选项,答案\n哪个？,"[""甲"",""乙""]",1\n')
    [item] = read_items(path, columns=parse_columns("prompt=问,options=选项,gold=答案"))
    assert (item.options, item.gold) == (("甲", "乙"), 1)


def test_a_prompt_alone_makes_open_items_with_reference_needs_family_and_difficulty(tmp_path: Path) -> None:
    path = csv(tmp_path, "q,ref,needs,fam,d,lv\n一？,答。,care,f,hard,2\n二？,,help,f,easy,2\n")
    columns = parse_columns("prompt=q,reference=ref,needs=needs,family=fam,difficulty=d,level=lv")
    one, two = read_items(path, columns=columns)
    assert (one.kind, one.references, two.references) == ("open", ("答。",), ())
    assert (one.needs, two.needs, one.difficulty, one.level) == ("care", "help", "hard", 2)
    assert one.family == two.family != ""


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("prompt=a,god=b", UnknownName, "did you mean 'good'"),
        ("good=a,bad=b", InputError, "'prompt' is needed"),
        ("prompt=a,good=b", InputError, "need each other"),
        ("prompt=a,options=b", InputError, "needs 'gold'"),
        ("prompt=a,gold=b", InputError, "need 'options'"),
        ("prompt=a,options=b,gold=c,gold1=d", InputError, "not both"),
        ("prompt=a,options=b,gold=c,good=d,bad=e", InputError, "not both"),
        ("prompt=a,prompt=b", InputError, "stands twice"),
        ("prompt", InputError, "ours=theirs"),
        ("", InputError, "ours=theirs"),
    ],
)
def test_a_wrong_column_map_says_what_is_wrong(text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        parse_columns(text)


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ("怎么办？,同,同,法理学", "反例", "same text"),
        (",好,坏,法理学", "问题", "missing or empty"),
        ("怎么办？,好,坏,safety/privcy", "领域", "did you mean 'safety/"),
    ],
)
def test_a_wrong_row_is_named_by_the_files_own_column(tmp_path: Path, row: str, field: str, said: str) -> None:
    path = csv(tmp_path, f"问题,正例,反例,领域\n怎么办？,好,坏,\n{row}\n")
    with pytest.raises(DataError, match=said) as caught:
        read_items(path, columns=parse_columns(MAP))
    assert (caught.value.line, caught.value.field) == (3, field)


@pytest.mark.parametrize("cell", ["3", "D", "-1", "丁", "", "99999999999999999999"])
def test_a_gold_that_is_no_option_is_refused(tmp_path: Path, cell: str) -> None:
    path = csv(tmp_path, f"问,A,B,C,答案\n哪个？,甲,乙,丙,{cell}\n")
    with pytest.raises(DataError) as caught:
        read_items(path, columns=parse_columns("prompt=问,options=A|B|C,gold=答案"))
    assert caught.value.field == "答案"


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,b\n1,2\n")
    with pytest.raises(DataError, match="fields found: a, b"):
        read_items(path, columns={"prompt": "问题"})


def test_level_and_category_must_agree(tmp_path: Path) -> None:
    path = csv(tmp_path, "q,c,l\n一？,law,1\n")
    with pytest.raises(DataError, match="'responsibility/law' is of level 2"):
        read_items(path, columns=parse_columns("prompt=q,category=c,level=l"))
