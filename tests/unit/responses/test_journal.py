"""The journal loses nothing: torn tails, full disks, second writers, re-asked failures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cvalues.errors import DataError, InputError, JournalError
from cvalues.jsonl import content_id, encode
from cvalues.records import Outcome, Response
from cvalues.responses.journal import FLUSH_LINES, FolderLock, Journal, iter_responses, read_done, repair_tail


def response(number: int, outcome: Outcome = "answered", text: str = "回复1") -> Response:
    key = content_id(number)
    return Response(id=key, prompt_id="p", item_id="i", model="m", outcome=outcome, text=text)


def test_lines_reach_the_file_at_256_without_a_flush(tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    journal = Journal(path)
    for number in range(FLUSH_LINES - 1):
        journal.append(response(number))
    assert path.stat().st_size == 0
    journal.append(response(FLUSH_LINES))
    assert len(path.read_bytes().splitlines()) == FLUSH_LINES
    journal.close()


def test_a_tick_flushes_after_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("cvalues.responses.journal.time.monotonic", lambda: now[0])
    journal = Journal(tmp_path / "r.jsonl")
    journal.append(response(1))
    now[0] += 0.9
    journal.tick()
    assert (tmp_path / "r.jsonl").stat().st_size == 0
    now[0] += 0.2
    journal.tick()
    assert read_done(tmp_path / "r.jsonl").lines == 1
    journal.close()


@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_torn_last_line_is_cut_off_and_the_rest_kept(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "r.jsonl"
    whole = encode(response(1)) + b"\n" + encode(response(2)) + b"\n"
    path.write_bytes(whole + encode(response(3))[:-cut])
    assert repair_tail(path) > 0
    assert path.read_bytes() == whole
    assert read_done(path).lines == 2


def test_a_last_line_that_only_lacks_its_line_feed_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(encode(response(1)) + b"\n" + encode(response(2)))
    assert repair_tail(path) == 0
    assert read_done(path).lines == 2


def test_a_torn_line_longer_than_a_block_is_repaired(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(encode(response(1)) + b"\n" + b'{"text":"' + b"x" * 200_000)
    repair_tail(path)
    assert read_done(path).lines == 1


def test_a_failure_is_asked_again_and_the_first_success_counts(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    records = [response(1, "failed"), response(2), response(1), response(1, text="回复2"), response(3, "failed")]
    path.write_bytes(b"".join(encode(record) + b"\n" for record in records))
    done = read_done(path)
    assert done.ids == {bytes.fromhex(content_id(1)), bytes.fromhex(content_id(2))}
    assert done.outcomes == {"answered": 2, "failed": 1}
    kept = {one.id: one.text for _, one in iter_responses(path)}
    assert kept == {content_id(2): "回复1", content_id(1): "回复1", content_id(3): "回复1"}


def test_a_broken_line_inside_names_its_number(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(encode(response(1)) + b"\n\x00\x00\n" + encode(response(2)) + b"\n")
    with pytest.raises(DataError, match=r"r\.jsonl:2"):
        read_done(path)


def test_a_second_process_is_refused_and_told_who_has_the_folder(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from cvalues.responses.journal import FolderLock\n"
        "lock = FolderLock(pathlib.Path(sys.argv[1])); lock.take(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(JournalError, match=f"pid {holder.pid}"):
            FolderLock(tmp_path).take()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    lock = FolderLock(tmp_path)
    lock.take()
    lock.release()


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Return a folder on a file system of 4 MiB; only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("a file system of limited size needs root and mount")
    return folder


def test_a_full_disk_stops_with_one_line_and_loses_nothing(small_disk: Path) -> None:
    path = small_disk / "responses.jsonl"
    try:
        journal = Journal(path)
        written = 0
        with pytest.raises(JournalError, match="all replies so far are saved"):
            for number in range(100_000):
                journal.append(response(number, text="回复1" * 100))
                written = number + 1
        kept = read_done(path)
        assert kept.lines == written + 1, "the line that met the full disk is saved too"
        journal.close()
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


def test_a_disk_too_small_for_the_reserve_is_refused_at_the_start(small_disk: Path) -> None:
    try:
        (small_disk / "filler").write_bytes(b"x" * (3 << 20))
        with pytest.raises(JournalError, match="free some space"):
            Journal(small_disk / "responses.jsonl")
        assert not (small_disk / ".responses.jsonl.reserve").exists()
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere; the e2e test covers it with a read-only mount")
def test_a_folder_that_cannot_be_written_is_the_users_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="--out"):
        FolderLock(tmp_path).take()
