"""Getting datasets: over real HTTP from a server on loopback, and from the user's own copies."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cvalues.datasets import catalog, get_dataset, load_suite
from cvalues.datasets.catalog import DataFile, Dataset, dataset_folder, installed
from cvalues.datasets.download import Patience
from cvalues.errors import DataError, InputError, UnknownName

QUICK = Patience(attempts=4, pause=0.01, timeout=2.0)
CONTENT = "".join(
    json.dumps({"prompt": f"第{number}问？", "domain_en": "law", "domain_zh": "法理学"}, ensure_ascii=False) + "\n"
    for number in range(400)
).encode()


class Home:
    """The published home: a server whose next answers a test can choose.

    Attributes:
        files: path to content.
        plan: for the coming requests one by one: "cut" sends half of the body, a number is a status.
        ranges: the Range header of every request, "" without one.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.plan: list[str | int] = []
        self.ranges: list[str] = []
        self.etag = '"v1"'
        self.knows_ranges = True
        handler = type("Handler", (_Handler,), {"home": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Handler(BaseHTTPRequestHandler):
    home: Home

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        home = self.home
        wanted = self.headers.get("Range", "")
        home.ranges.append(wanted)
        step = home.plan.pop(0) if home.plan else ""
        if isinstance(step, int) or self.path not in home.files:
            self.send_error(step if isinstance(step, int) else 404)
            return
        content = home.files[self.path]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and home.knows_ranges else 0
        if self.headers.get("If-Range", home.etag) != home.etag:
            start = 0
        if start >= len(content) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if home.etag:
            self.send_header("ETag", home.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if step == "cut" else body)


@pytest.fixture
def home() -> Iterator[Home]:
    server = Home()
    yield server
    server.close()


Publish = Callable[..., Dataset]


@pytest.fixture
def publish(home: Home, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Put content on the server and an entry for it into the catalogue."""

    def put(content: bytes = CONTENT, *, sha256: str | None = None, git_blob: str = "", rows: int = 400) -> Dataset:
        home.files["/set.jsonl"] = content
        known = hashlib.sha256(CONTENT).hexdigest() if sha256 is None else sha256
        file = DataFile(name="set.jsonl", url=f"{home.url}/set.jsonl", sha256=known, git_blob=git_blob)
        entry = Dataset(
            name="test-set",
            title_zh="测试",
            title_en="test",
            levels=(2,),
            kind="open",
            shape="cvalues-prompts",
            licence="CC-BY-4.0",
            publisher="nobody",
            homepage="https://example.org/test-set",
            notice_zh="注意",
            notice_en="mind",
            sensitivity_zh="低",
            sensitivity_en="low",
            rows=rows,
            file=(file,),
        )
        monkeypatch.setattr(catalog, "load_catalog", lambda: {"test-set": entry})
        return entry

    return put


def test_a_dataset_is_fetched_checked_recorded_and_usable_by_its_name(publish: Publish, home: Home) -> None:
    publish()
    told: list[tuple[str, int, int | None]] = []
    got = get_dataset("test-set", progress=lambda *what: told.append(what), patience=QUICK)
    assert (got.record.rows, got.record.items, got.remarks) == (400, 400, ())
    assert got.record.files[0].hash == "verified"
    assert (got.dataset.licence, got.dataset.notice_en) == ("CC-BY-4.0", "mind")
    assert told[-1] == ("set.jsonl", len(CONTENT), len(CONTENT))
    assert [item.suite for item in load_suite("test-set")] == ["test-set"] * 400
    assert sorted(path.name for path in dataset_folder("test-set").iterdir()) == [
        "installed.json",
        "set.jsonl",
    ]
    assert home.ranges == [""]


def test_what_is_installed_is_not_fetched_again_unless_forced_or_changed(publish: Publish, home: Home) -> None:
    publish()
    get_dataset("test-set", patience=QUICK)
    assert get_dataset("test-set", patience=QUICK).remarks == ("already installed, unchanged",)
    assert len(home.ranges) == 1
    get_dataset("test-set", force=True, patience=QUICK)
    (dataset_folder("test-set") / "set.jsonl").write_bytes(CONTENT[:100])
    get_dataset("test-set", patience=QUICK)
    assert len(home.ranges) == 3
    assert (dataset_folder("test-set") / "set.jsonl").read_bytes() == CONTENT


def test_a_cut_connection_is_continued_where_it_broke(publish: Publish, home: Home) -> None:
    publish()
    home.plan = ["cut", "cut"]
    assert get_dataset("test-set", patience=QUICK).record.files[0].hash == "verified"
    half = len(CONTENT) // 2
    quarter = half + (len(CONTENT) - half) // 2
    assert home.ranges == ["", f"bytes={half}-", f"bytes={quarter}-"]


def test_a_command_that_gave_up_goes_on_the_next_time(publish: Publish, home: Home) -> None:
    publish()
    home.plan = ["cut"]
    with pytest.raises(InputError, match="kept and continued") as caught:
        get_dataset("test-set", patience=QUICK._replace(attempts=1))
    assert "--from PATH" in str(caught.value)
    assert installed("test-set") is None
    assert get_dataset("test-set", patience=QUICK).record.items == 400
    assert home.ranges[1] == f"bytes={len(CONTENT) // 2}-"


def test_a_part_of_another_version_is_not_continued(publish: Publish, home: Home) -> None:
    publish(sha256="")
    home.plan = ["cut"]
    with pytest.raises(InputError):
        get_dataset("test-set", patience=QUICK._replace(attempts=1))
    newer = CONTENT.replace("问".encode(), "题".encode())
    home.files["/set.jsonl"], home.etag = newer, '"v2"'
    get_dataset("test-set", patience=QUICK)
    assert (dataset_folder("test-set") / "set.jsonl").read_bytes() == newer


def test_without_version_mark_and_hash_an_old_part_is_thrown_away(publish: Publish, home: Home) -> None:
    publish(sha256="")
    home.etag, home.plan = "", ["cut"]
    with pytest.raises(InputError):
        get_dataset("test-set", patience=QUICK._replace(attempts=1))
    get_dataset("test-set", patience=QUICK)
    assert home.ranges == ["", ""]


def test_a_continued_part_that_fails_the_hash_starts_again_once(publish: Publish, home: Home) -> None:
    publish()
    home.etag = ""
    part = dataset_folder("test-set") / "incoming" / "set.jsonl.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 100)
    assert get_dataset("test-set", patience=QUICK).record.files[0].hash == "verified"
    assert home.ranges == ["bytes=100-", ""]


def test_a_part_that_is_already_whole_is_taken(publish: Publish, home: Home) -> None:
    publish()
    part = dataset_folder("test-set") / "incoming" / "set.jsonl.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert get_dataset("test-set", patience=QUICK).record.items == 400


def test_a_server_without_ranges_sends_all_again(publish: Publish, home: Home) -> None:
    publish()
    home.plan, home.knows_ranges = ["cut"], False
    assert get_dataset("test-set", patience=QUICK).record.files[0].hash == "verified"


def test_a_busy_server_is_asked_again(publish: Publish, home: Home) -> None:
    publish()
    home.plan = [503, 429]
    assert get_dataset("test-set", patience=QUICK).record.items == 400
    assert len(home.ranges) == 3


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_final_status_ends_at_once_with_what_to_do(publish: Publish, home: Home, status: int) -> None:
    publish()
    home.plan = [status]
    with pytest.raises(InputError, match=f"answers {status}") as caught:
        get_dataset("test-set", patience=QUICK)
    assert len(home.ranges) == 1
    for said in ("set.jsonl", f"{home.url}/set.jsonl", "--from PATH", "https://example.org/test-set"):
        assert said in str(caught.value)


def test_content_of_another_hash_is_not_installed_and_leaves_nothing(publish: Publish, home: Home) -> None:
    publish(CONTENT + b"{}\n")
    with pytest.raises(InputError, match="not the published file"):
        get_dataset("test-set", patience=QUICK)
    assert installed("test-set") is None
    assert not dataset_folder("test-set").exists()


def test_the_git_blob_of_a_file_is_a_hash_too(publish: Publish) -> None:
    blob = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()
    publish(sha256="", git_blob=blob)
    assert get_dataset("test-set", patience=QUICK).record.files[0].hash == "verified"
    publish(CONTENT + b"\n", sha256="", git_blob=blob)
    with pytest.raises(InputError, match="not the published file"):
        get_dataset("test-set", force=True, patience=QUICK)


def test_a_login_page_in_place_of_data_is_not_installed_and_keeps_what_was(publish: Publish, home: Home) -> None:
    publish(sha256="")
    remark = get_dataset("test-set", patience=QUICK).remarks[0]
    assert remark.startswith("set.jsonl: no published hash is known; sha256 here ")
    home.files["/set.jsonl"] = b"<html>please log in</html>"
    with pytest.raises(InputError, match="not the dataset"):
        get_dataset("test-set", force=True, patience=QUICK)
    assert len(load_suite("test-set")) == 400


def test_without_network_the_line_says_what_to_get_from_where_and_what_to_do(
    publish: Publish, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CVALUES_DATA_MIRROR", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(InputError, match="cannot be reached") as caught:
            get_dataset("test-set", patience=QUICK)
    text = str(caught.value)
    for said in (
        f"set.jsonl ({home.url}/set.jsonl)",
        "data get test-set --from PATH",
        str(dataset_folder("test-set")),
    ):
        assert said in text
    assert "\n" not in text
    assert not dataset_folder("test-set").exists()


def test_a_mirror_is_asked_instead_of_the_published_home(
    publish: Publish, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    home.files = {"/mirror/test-set/set.jsonl": CONTENT}
    monkeypatch.setenv("CVALUES_DATA_MIRROR", f"{home.url}/mirror/")
    assert get_dataset("test-set", patience=QUICK).record.files[0].hash == "verified"


def test_a_file_put_into_the_folder_by_hand_is_taken(publish: Publish, home: Home) -> None:
    publish()
    folder = dataset_folder("test-set")
    folder.mkdir(parents=True)
    (folder / "set.jsonl").write_bytes(CONTENT)
    assert get_dataset("test-set", patience=QUICK).record.items == 400
    assert home.ranges == []


def test_an_own_copy_is_read_copied_and_recorded(publish: Publish, tmp_path: Path) -> None:
    publish()
    (tmp_path / "mine.jsonl").write_bytes(CONTENT)
    got = get_dataset("test-set", source=tmp_path / "mine.jsonl")
    assert [(one.name, one.hash) for one in got.record.files] == [("mine.jsonl", "verified")]
    record = (dataset_folder("test-set") / "installed.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in record and hashlib.sha256(CONTENT).hexdigest() in record
    assert len(load_suite("test-set")) == 400


def test_an_own_copy_of_other_content_is_taken_and_said_to_differ(publish: Publish, tmp_path: Path) -> None:
    publish()
    (tmp_path / "set.jsonl").write_bytes(CONTENT + b"".join(CONTENT.splitlines(keepends=True)[:2]))
    got = get_dataset("test-set", source=tmp_path)
    differs, rows, repeats = got.remarks
    assert "its hash differs" in differs
    assert rows == "402 rows, where the published set has 400"
    assert repeats == "2 rows say nothing new and were merged"


def test_a_later_import_replaces_the_earlier_files(publish: Publish, tmp_path: Path) -> None:
    publish()
    for name in ("one.jsonl", "two.jsonl"):
        (tmp_path / name).write_bytes(CONTENT)
        get_dataset("test-set", source=tmp_path / name)
    assert sorted(path.name for path in dataset_folder("test-set").iterdir()) == [
        "installed.json",
        "two.jsonl",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"prompt":"?","answer":"!"}\n', "holds rows of shape 'poison', but 'test-set' has shape"),
        (b'{"prompt":', "not valid JSON"),
        (b"", "holds no rows"),
    ],
)
def test_a_copy_that_is_not_the_dataset_is_refused_and_nothing_is_left(
    publish: Publish, tmp_path: Path, content: bytes, said: str
) -> None:
    publish()
    (tmp_path / "mine.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=said):
        get_dataset("test-set", source=tmp_path / "mine.jsonl")
    assert not dataset_folder("test-set").exists()


def test_a_path_to_nothing_and_a_folder_without_the_file_say_so(publish: Publish, tmp_path: Path) -> None:
    publish()
    with pytest.raises(InputError, match="no such file or folder"):
        get_dataset("test-set", source=tmp_path / "none.jsonl")
    with pytest.raises(InputError, match=r"no file set\.jsonl in this folder"):
        get_dataset("test-set", source=tmp_path)


def test_a_folder_that_cannot_be_written_is_one_line(publish: Publish, tmp_path: Path) -> None:
    publish()
    (tmp_path / "mine.jsonl").write_bytes(CONTENT)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written: Not a directory"):
        get_dataset("test-set", source=tmp_path / "mine.jsonl", where=tmp_path / "file")


def test_unknown_and_bundled_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'xstest'"):
        get_dataset("xtest")
    with pytest.raises(InputError, match="comes with the package"):
        get_dataset("open")


# ---- the real catalogue ----------------------------------------------------------------------


def test_every_entry_of_the_catalogue_says_where_it_is_published() -> None:
    entries = catalog.load_catalog()
    assert [name for name, entry in entries.items() if entry.bundled] == ["open"]
    for entry in entries.values():
        if not entry.bundled:
            assert entry.homepage.startswith("https://")
            assert entry.file and all(file.url.startswith("https://") for file in entry.file)
            assert sum(file.role == "items" for file in entry.file) == 1


@pytest.mark.parametrize(
    ("name", "path", "items", "hashes"),
    [
        ("cvalues-responsibility-prompts", "cvalues/cvalues_responsibility_prompts.jsonl", 664, ["verified"]),
        (
            "cvalues-responsibility-mc",
            "cvalues/cvalues_responsibility_mc.reconstructed.jsonl",
            856,
            ["differs"],
        ),
        ("poison100", "poison100/100PoisonMpts_from_COIG-CQIA.jsonl", 764, ["unknown"]),
        ("poison100-coig", "poison100/100PoisonMpts_from_COIG-CQIA.jsonl", 764, ["verified"]),
        ("safetybench-zh-subset", "safetybench/test_zh_subset.json", 2100, ["verified", "verified"]),
        ("safetybench-zh-subset", "safetybench", 2100, ["verified", "verified"]),
        ("xstest", "xstest/xstest_prompts.csv", 450, ["verified"]),
    ],
)
def test_the_real_files_are_imported_and_compared_with_the_published_hashes(
    shared_data: Path, name: str, path: str, items: int, hashes: list[str]
) -> None:
    got = get_dataset(name, source=shared_data / path)
    assert (got.record.items, [one.hash for one in got.record.files]) == (items, hashes)
    assert len(load_suite(name)) == items
