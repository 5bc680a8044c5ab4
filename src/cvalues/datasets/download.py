"""One file over HTTP, resumable: what came before a cut stays in a .part file and is continued.

Proxies and certificate authorities are taken from the environment, as urllib does.
"""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast
from urllib.parse import urlsplit

from cvalues import __version__
from cvalues.errors import InputError

__all__ = ["Patience", "Progress", "Unreachable", "discard", "download", "part_of"]

Progress = Callable[[str, int, int | None], None]


class Patience(NamedTuple):
    """How often to try an address whose connection breaks, and how long to wait.

    Attributes:
        attempts: tries in all.
        pause: seconds before the second try; doubled for each further one.
        timeout: seconds without a byte after which a connection counts as broken.
    """

    attempts: int = 5
    pause: float = 1.0
    timeout: float = 30.0


_CHUNK = 1 << 16
# Statuses that may pass by themselves; any other error status is final.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Unreachable(InputError):
    """A file cannot be had from its address; the message gives the reason."""


def part_of(target: Path) -> Path:
    """Return the file in which an unfinished download of the target waits."""
    return target.with_name(f"{target.name}.part")


def discard(target: Path) -> None:
    """Remove what is left of an unfinished download of the target."""
    part_of(target).unlink(missing_ok=True)
    _mark_of(target).unlink(missing_ok=True)


def download(
    url: str,
    target: Path,
    *,
    trust_part: bool,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Path:
    """Return the .part file that holds the whole content of an address; the caller checks and renames it.

    Args:
        url: http or https address.
        target: where the file is to lie; its folder exists.
        trust_part: continue an earlier part even when the server gave no version mark (ETag) to
            compare, because the caller checks the hash of the whole.
        progress: told the file's name, bytes so far and bytes in all.
        patience: how often to try and how long to wait.

    Raises:
        Unreachable: when the address cannot be reached, answers with an error, or keeps breaking.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise Unreachable(f"{url}: only http and https addresses are fetched")
    if not trust_part and not _mark_of(target).is_file():
        discard(target)
    attempts, pause, timeout = patience or Patience()
    for attempt in range(attempts):
        try:
            _continue(url, target, progress, timeout)
        except _Broken as error:
            if attempt + 1 == attempts:
                kept = f"{attempts} tries; what came is kept and continued next time"
                raise Unreachable(f"{url}: {error} ({kept})") from error
            time.sleep(pause * 2**attempt)
        else:
            break
    return part_of(target)


class _Broken(Exception):
    """The connection broke, or the server asked to come again: worth another try."""


def _mark_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part.etag")


def _continue(url: str, target: Path, progress: Progress | None, timeout: float) -> None:
    """Fetch what the part does not hold yet.

    Raises:
        _Broken: when it is not whole afterwards but may become so.
        Unreachable: when it cannot.
    """
    part = part_of(target)
    have = part.stat().st_size if part.is_file() else 0
    with _answer(url, _headers(target, have), timeout) as reply:
        if reply.status == 416:
            if _total(reply) != have:
                discard(target)
                raise _Broken("the server has less than was fetched before")
            return
        if reply.status == 206 and _starts_at(reply) != have:
            discard(target)
            raise _Broken("the server sent another part than was asked for")
        resumed = reply.status == 206
        if not resumed:
            have = 0
            _keep_mark(target, reply)
        total = _total(reply)
        with open(part, "ab" if resumed else "wb") as file:
            for size in _copy(reply, file):
                have += size
                if progress:
                    progress(target.name, have, total)
    if total is not None and have != total:
        raise _Broken(f"the connection ended after {have} of {total} bytes")


def _headers(target: Path, have: int) -> dict[str, str]:
    headers = {"User-Agent": f"cvalues/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        mark = _mark_of(target)
        if mark.is_file():
            headers["If-Range"] = mark.read_text(encoding="utf-8")
    return headers


@contextmanager
def _answer(url: str, headers: dict[str, str], timeout: float) -> Generator[http.client.HTTPResponse]:
    """Open the address; errors of the network and of the server become the two kinds of ours."""
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  the scheme is checked in download()
    try:
        with urllib.request.build_opener(_Range416).open(request, timeout=timeout) as reply:
            yield cast(http.client.HTTPResponse, reply)
    except urllib.error.HTTPError as error:
        with error:
            text = f"the server answers {error.code} {error.reason}"
        if error.code in _PASSING:
            raise _Broken(text) from error
        raise Unreachable(f"{url}: {text}") from error
    except urllib.error.URLError as error:
        # No connection at all: trying again would only keep a user without network waiting.
        raise Unreachable(f"{urlsplit(url).netloc} cannot be reached ({error.reason})") from error
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _Broken(f"the connection broke ({error or type(error).__name__})") from error


class _Range416(urllib.request.BaseHandler):
    """Hands on "range not satisfiable" as an answer, since it may mean that the part is whole."""

    def http_error_416(
        self, req: object, fp: http.client.HTTPResponse, code: int, msg: str, hdrs: object
    ) -> http.client.HTTPResponse:
        """Return the answer itself."""
        return fp


def _copy(reply: http.client.HTTPResponse, file: BinaryIO) -> Iterator[int]:
    """Write the body chunk by chunk; yield the size of each."""
    while chunk := reply.read1(_CHUNK):
        file.write(chunk)
        yield len(chunk)


def _keep_mark(target: Path, reply: http.client.HTTPResponse) -> None:
    """Remember the content's strong version mark, so that a later part is of the same content."""
    mark = reply.headers.get("ETag", "")
    if mark.startswith('"'):
        _mark_of(target).write_text(mark, encoding="utf-8")
    else:
        _mark_of(target).unlink(missing_ok=True)


def _total(reply: http.client.HTTPResponse) -> int | None:
    """Return the bytes of the whole content, where the answer says it."""
    _, _, total = reply.headers.get("Content-Range", "").rpartition("/")
    if reply.status in (206, 416):
        return int(total) if total.isdecimal() else None
    length = reply.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _starts_at(reply: http.client.HTTPResponse) -> int:
    words = reply.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(words) if words.isdecimal() else -1
