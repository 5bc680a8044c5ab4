"""Markdown, the side-by-side table, the facts of a manifest and the text table."""

from __future__ import annotations

import re
import string

import msgspec
import pytest
import report_sample as sample

from cvalues.report import text as texts
from cvalues.report.build import STAGES, build_report
from cvalues.report.facts import facts, word
from cvalues.report.markdown import render_markdown, table_markdown
from cvalues.report.summary import summary_table


@pytest.fixture(scope="module")
def document() -> str:
    return render_markdown(sample.report())


def tables(document: str) -> list[list[list[str]]]:
    """Return every table of a document as rows of cells, the line of dashes left out."""
    found: list[list[list[str]]] = [[]]
    for line in document.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if set("".join(cells)) != {"-"}:
                found[-1].append(cells)
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def test_markdown_has_a_bilingual_heading_for_every_part(document: str) -> None:
    headings = re.findall(r"^## (.+)$", document, flags=re.M)
    assert len(headings) == 9
    assert all(" / " in heading for heading in headings)


def test_markdown_tables_are_whole_and_hold_every_rate(document: str) -> None:
    found = tables(document)
    rates, level, category, difficulty, template, verdicts, outcomes, manifest = found
    assert [len(table) - 1 for table in found[:7]] == [6, 2, 18, 3, 1, 10, 5]
    for table in found:
        assert len({len(row) for row in table}) == 1
    assert all(re.search(r"n \d+ · \d+$", cell) for row in category[1:] for cell in row[1:])
    assert sum(int(row[1]) for row in verdicts[1:]) == sum(int(row[1]) for row in outcomes[1:]) == 144
    assert ["seed", "0"] in manifest
    assert rates[1][0].endswith("acc") and level[1][0].startswith("安全") and difficulty and template


def test_markdown_names_the_stages_in_their_order(document: str) -> None:
    line = next(line for line in document.splitlines() if "→" in line)
    assert [part.split()[-1] for part in line.split(" → ")] == list(STAGES)


def test_markdown_of_an_empty_run_says_n_equals_0_everywhere() -> None:
    found = tables(render_markdown(sample.report("empty")))
    assert {row[1] for row in found[0][1:]} == {"n = 0"}
    assert all(cell == "n = 0" for row in found[2][1:] for cell in row[1:])


def test_markdown_holds_no_reply_and_no_place(document: str) -> None:
    assert all(case.prompt not in document for case in sample.run().failures)
    for secret in ("private", "2031", "machine-17", "somebody"):
        assert secret not in document


def test_several_runs_stand_side_by_side_in_the_order_given() -> None:
    runs = [(name, sample.run(name).results) for name in ("first", "perfect")]
    table = summary_table(runs)
    assert [row[0] for row in table.rows] == ["first", "perfect"]
    by_name = dict(zip([name.en for name in table.head], table.rows[0], strict=True))
    assert by_name["acc"].startswith("50.0% [")
    assert by_name["robust acc"].startswith("0.0% [0.0, ")
    assert by_name["position bias"].startswith("+50.0 [")
    assert (by_name["Calls"], by_name["Families"], by_name["refused"]) == ("144", "36", "0")
    assert len(tables(table_markdown(table))[0]) == 3


def test_facts_are_flat_sorted_and_without_places_times_or_secrets() -> None:
    manifest = {
        "z": 1,
        "suite": "/home/me/data/mine.jsonl",
        "weights": "local//mnt/models/a.gguf",
        "other": "C:\\data\\b.csv",
        "address": "https://me@private.example/v1",
        "template": {"name": "row", "user": "{question}\n{options}"},
        "list": [1, True, "x"],
        "deep": [{"a": 1}, {"path": "/x"}],
        "empty": "",
        "api_key": "sk-1",
        "finished": "2031-01-01",
        "host": "h",
    }
    assert dict(facts(manifest)) == {
        "address": "v1",
        "deep.1.a": "1",
        "list": "1, true, x",
        "other": "b.csv",
        "suite": "mine.jsonl",
        "template.name": "row",
        "template.user": "{question}\n{options}",
        "weights": "local/a.gguf",
        "z": "1",
    }
    assert [name for name, _ in facts(manifest)] == sorted(name for name, _ in facts(manifest))


@pytest.mark.parametrize(
    ("manifest", "shown"),
    [
        ({"template": "row"}, "row"),
        ({"template": {"name": "row", "version": "1"}}, "row"),
        ({"templates": ["row", "choice-zh"]}, "row, choice-zh"),
        ({}, ""),
    ],
)
def test_the_name_of_a_template_is_found_in_any_shape(manifest: dict[str, object], shown: str) -> None:
    assert word(manifest, "template", "templates") == shown


def test_an_ordinary_model_name_is_not_taken_for_a_place() -> None:
    for name in (
        "openrouter/qwen/qwen3-8b:free",
        "vllm/my-checkpoint",
        "local/smollm2",
        "dashscope/qwen-plus",
    ):
        assert word({"model": name}, "model") == name


def test_more_than_two_options_have_no_line_of_chance() -> None:
    made = sample.run()
    document = msgspec.to_builtins(made.results)
    document["verdicts"]["option_3"] = 0
    assert build_report(made.results, {}).chance == 0.5
    assert build_report(document, {}).chance is None


def test_every_text_says_the_same_places_in_both_languages() -> None:
    table: dict[str, tuple[str, str]] = vars(texts)["_TABLE"]
    for key, (zh, en) in table.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(side) if name} for side in (zh, en)]
        assert zh and en and places[0] == places[1], key
        assert not re.search(r"[\u4e00-\u9fff]", en), key


def test_a_word_without_a_name_is_shown_as_it_is() -> None:
    assert texts.name_of("verdict", "new_verdict") == ("new_verdict", "new_verdict")
    with pytest.raises(KeyError):
        texts.text("no.such.key")
