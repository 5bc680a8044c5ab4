"""Any OpenAI-compatible chat endpoint over HTTP; the only HTTP client of the package.

    Ask ─▶ body (fixed fields encoded once) ─▶ POST ─▶ bytes ─▶ chat_body ─▶ providers ─▶ Reply

One pooled session, keep-alive, no streaming. Exactly one attempt a call; whatever goes wrong on the
way is a `fault` of the reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import aiohttp
import msgspec
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from cvalues import __version__
from cvalues.models.chat_body import decode_body, read_answer
from cvalues.models.chat_logprobs import read_logprobs
from cvalues.models.http_env import CA_VARIABLES, ca_context, endpoint, proxy_for
from cvalues.models.model import Ask, Fault, Params, Reply
from cvalues.models.providers import (
    Provider,
    classify,
    finish_outcome,
    hint,
    raw_text,
    read_body,
    redact,
    request_fields,
    with_address,
)

__all__ = ["MAX_BODY", "ChatHTTP"]

MAX_BODY = 16 * 1024 * 1024
"""Bytes of the largest reply that is read; a larger one is no answer to a question."""

_CONNECT_SECONDS = 15.0
_REDIRECTS = frozenset({301, 302, 307, 308})
_HOPS = 3

_NO_LOGPROBS = "the server gave no log-probabilities; read from text instead"

# Beside aiohttp's own errors: a broken body's own error, sockets, and encodings that do not decode.
_TROUBLE = (aiohttp.ClientError, HttpProcessingError, OSError, EOFError, ValueError)

_encode = msgspec.json.Encoder().encode


class _TooLargeError(Exception):
    """The reply is larger than `MAX_BODY`."""


class _RedirectedError(Exception):
    """The server sends us where we do not follow."""


class _Form(msgspec.Struct, frozen=True):
    """The part of the request body that is the same for all calls with equal parameters."""

    params: Params
    head: bytes
    sent: dict[str, Any]
    logprob: bool


class ChatHTTP:
    """A chat endpoint, asked over HTTP.

    Args:
        name: `provider/model`, as the user named it.
        model: the model's name as the endpoint knows it.
        base_url: where `/chat/completions` begins, such as `http://host:8000/v1`.
        api_key: sent as a bearer token; None sends none. Never shown.
        provider: the vendor's table.
        timeout: seconds a call may take in all.
        parallel: the most connections.

    Raises:
        InputError: when the address or the key cannot be sent.
    """

    answer_tokens = 0
    fingerprint = ""
    preferred_template = ""

    def __init__(  # noqa: PLR0913 - where, what, who and how patiently are all needed
        self,
        *,
        name: str,
        model: str,
        base_url: str,
        api_key: str | None,
        provider: Provider,
        timeout: float = 120.0,
        parallel: int = 100,
    ) -> None:
        self.name = name
        self.model = model
        self.parallel = min(parallel, provider.parallel) if provider.parallel else parallel
        self.timeout = timeout
        self._key = (api_key or "").strip()
        place = endpoint(name, base_url, self._key)
        self.base_url = place.base_url
        self._url = URL(place.url)
        self._secrets: tuple[str, ...] = place.secrets
        self._provider = with_address(provider, place.base_url)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        self._headers["User-Agent"] = f"cvalues/{__version__}"
        if place.authorization:
            self._headers["Authorization"] = place.authorization
        self._options: dict[str, Any] = {}
        self._session: aiohttp.ClientSession | None = None
        self._forms: dict[tuple[int, int, int], _Form] = {}
        self._notes: dict[str, None] = {}
        self._text_only = False

    def __repr__(self) -> str:
        return f"ChatHTTP({self.name!r}, base_url={self.base_url!r})"

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the user should know about how this endpoint was asked, each statement once."""
        return tuple(self._notes)

    def advice(self, fault: Fault) -> str:
        """Return what to do about a fault at this vendor: which variable, which other address."""
        return hint(self._provider, fault)

    def check(self, params: Params, /) -> None:
        """Do nothing if the vendor allows these parameters.

        Raises:
            InputError: when it does not, such as thinking off for a model that always thinks.
        """
        request_fields(self._provider, self.model, params, params.max_tokens or 256, params.mode, 2)

    async def open(self) -> None:
        """Start the connection pool, with the proxy and the certificates that the environment names.

        Raises:
            InputError: when the environment names a proxy or certificates that cannot be used.
        """
        if self._session is not None:
            return
        context = ca_context() if self._url.scheme == "https" else None
        proxy = proxy_for(str(self._url))
        # Headers go with each request: as the session's own, aiohttp would send them to the proxy too.
        headers = self._headers
        if proxy is not None and proxy.headers and self._url.scheme == "http":
            headers = {**headers, **proxy.headers}
        self._options = {"allow_redirects": False, "headers": headers}
        if proxy is not None:
            self._options |= {"proxy": proxy.url, "proxy_headers": proxy.headers or None}
            if proxy.secret and proxy.secret not in self._secrets:
                self._secrets = (*self._secrets, proxy.secret)
        connector = aiohttp.TCPConnector(
            limit=self.parallel, ttl_dns_cache=300, ssl=True if context is None else context
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self.timeout, sock_connect=min(self.timeout, _CONNECT_SECONDS)),
        )

    async def close(self) -> None:
        """Close the connections; safe to call twice."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(self, ask: Ask, /) -> Reply:
        """Return the reply of one attempt; trouble of network and server is a `fault`.

        Raises:
            InputError: when the model cannot be asked in the way that the parameters say.
        """
        if self._session is None:
            await self.open()
        form = self._form(ask)
        data = b"".join((form.head, _encode(ask.messages), b"}"))
        started = perf_counter()
        try:
            status, headers, raw = await self._post(data)
        except _TooLargeError:
            reply = _failed("bad_body", f"the reply is larger than {MAX_BODY} bytes")
        except _RedirectedError as error:
            reply = _failed("bad_request", self._clean(str(error)))
        except _TROUBLE as error:
            reply = _failed(*self._trouble(error))
        else:
            reply = self._read(status, headers, raw, ask, form)
        reply.latency = perf_counter() - started
        reply.sent = form.sent
        return reply

    async def _post(self, data: bytes, hops: int = 0) -> tuple[int, Mapping[str, str], bytes]:
        """Return (status, headers, body) of one request, following redirects on the same host only."""
        session = self._session
        if session is None:  # closed by another task meanwhile
            raise aiohttp.ClientConnectionError("the client is closed")
        response = await session.post(self._url, data=data, **self._options)
        try:
            content = response.content
            raw = await content.readany()
            if not content.at_eof():
                raw = await _rest(raw, content)
        except BaseException:
            response.close()
            raise
        status = response.status
        if status in _REDIRECTS and (target := response.headers.get("Location")):
            self._url = self._same_host(status, target, hops)
            return await self._post(data, hops + 1)
        return status, response.headers, raw

    def _same_host(self, status: int, target: str, hops: int) -> URL:
        """Return where a redirect leads: the same host, or its https, and not in circles."""
        old = self._url
        try:
            new = old.join(URL(target))
        except ValueError:
            raise _RedirectedError(f"HTTP {status}: redirect to an address that is none") from None
        same = new.origin() == old.origin() if new.is_absolute() and new.host else False
        upgrade = new.host == old.host and (old.scheme, new.scheme) == ("http", "https")
        if hops >= _HOPS or not (same or upgrade):
            shown = new.with_query(None).with_user(None) if new.host else new
            raise _RedirectedError(
                f"HTTP {status}: the server redirects to {shown}, which is not followed, because the key and "
                "the prompts would go there; if that is where you want to ask, give it as --base-url"
            )
        return new

    def _form(self, ask: Ask) -> _Form:
        """Return the fixed part of the body, encoded once for all calls with the same parameters object."""
        key = (id(ask.params), ask.max_tokens, len(ask.labels))
        form = self._forms.get(key)
        if form is not None and form.params is ask.params:
            return form
        params = ask.params
        logprob = params.mode == "logprob" and bool(ask.labels) and not self._text_only
        mode = "logprob" if logprob else "text"
        fields = request_fields(self._provider, self.model, params, ask.max_tokens, mode, len(ask.labels))
        fields.pop("messages", None)
        body = {"model": self.model, **fields, "stream": False}
        form = _Form(params, _encode(body)[:-1] + b',"messages":', fields, logprob)
        if len(self._forms) >= 16:
            self._forms.clear()
        self._forms[key] = form
        return form

    def _read(self, status: int, headers: Mapping[str, str], raw: bytes, ask: Ask, form: _Form) -> Reply:
        """Return the reply that a status and a body make."""
        body = decode_body(raw)
        if body is None or not 200 <= status <= 299 or read_body(self._provider, body) is not None:
            return self._refused(status, headers, raw if body is None else body, form)
        answer = read_answer(body)
        if answer.text is None:
            return self._refused(status, headers, body, form)
        reply = Reply(
            outcome="answered",
            text=answer.text,
            reasoning=answer.reasoning,
            finish=answer.finish,
            usage=answer.usage,
            status=status,
            served_by=answer.served_by,
        )
        if self._provider.remaining_header:
            reply.remaining = _remaining(headers.get(self._provider.remaining_header))
        self._settle(reply, body, raw, ask)
        if _wants_logprobs(ask):
            self._add_logprobs(reply, answer.logprobs, ask, form)
        return reply

    def _settle(self, reply: Reply, body: dict[str, Any], raw: bytes, ask: Ask) -> None:
        """Say what the finish reason makes of the reply."""
        if not reply.finish and reply.text:
            return
        reply.outcome, reply.fault = finish_outcome(self._provider, reply.finish, body)
        if reply.outcome == "answered" and not reply.text and reply.usage.completion >= ask.max_tokens > 0:
            reply.outcome = "truncated"  # thinking used up the cap, and the server calls that "stop"
        if reply.fault:
            reply.error = self._clean(f"finish_reason {reply.finish!r}: {raw_text(raw)}")

    def _add_logprobs(self, reply: Reply, given: object, ask: Ask, form: _Form) -> None:
        if reply.fault:
            return
        reply.logprobs = read_logprobs(given, ask.labels) if form.logprob else None
        if reply.logprobs is None:
            self._notes[_NO_LOGPROBS] = None
        elif reply.outcome == "truncated" and any(value is not None for value in reply.logprobs.labels):
            reply.outcome = "answered"  # the first token is the answer, however short the cap

    def _refused(self, status: int, headers: Mapping[str, str], body: dict[str, Any] | bytes, form: _Form) -> Reply:
        """Return the reply that an error makes, in the vendor's own terms."""
        verdict = classify(self._provider, status, body, headers, datetime.now(UTC), self._key)
        fault = verdict.fault
        if form.logprob and (fault == "unsupported" or (fault == "bad_request" and "logprob" in verdict.error.lower())):
            fault = "unsupported"
            self._text_only = True
            self._forms.clear()
            self._notes[_NO_LOGPROBS] = None
        outcome = fault if fault in ("blocked_input", "blocked_output") else "failed"
        error = self._clean(verdict.error)
        reply = Reply(outcome=outcome, fault=fault, error=error, wait=verdict.wait, status=status)
        if isinstance(body, dict):
            answer = read_answer(body)
            reply.text, reply.reasoning, reply.finish = answer.text or "", answer.reasoning, answer.finish
            reply.usage, reply.served_by = answer.usage, answer.served_by
        return reply

    def _clean(self, text: str) -> str:
        """Return a text of the server's without the key, and without a password of the address or the proxy."""
        for secret in self._secrets:
            text = redact(text, secret)
        return redact(text)

    def _trouble(self, error: BaseException) -> tuple[Fault, str]:
        """Return (fault, words) of an exception on the way; the words hold no secret."""
        words = " ".join(f"{type(error).__name__}: {error}".split())
        for secret in self._secrets:
            words = words.replace(secret, "***")
        words = redact(words, self._key).rstrip(": ")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            words += f"; name the right certificates in one of {', '.join(CA_VARIABLES)}"
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return "network", words
        if isinstance(error, asyncio.TimeoutError):
            return "timeout", f"no whole reply within {self.timeout:g} s ({words})"
        if isinstance(error, (aiohttp.ClientConnectionError, OSError, aiohttp.ClientHttpProxyError)):
            return "network", words
        return "bad_body", words


def _wants_logprobs(ask: Ask) -> bool:
    """Return whether the caller asked for option probabilities."""
    return ask.params.mode == "logprob" and bool(ask.labels)


async def _rest(first: bytes, content: aiohttp.StreamReader) -> bytes:
    """Return a body that did not come in one piece, up to `MAX_BODY`."""
    pieces, size = [first], len(first)
    while not content.at_eof():
        piece = await content.readany()
        size += len(piece)
        if size > MAX_BODY:
            raise _TooLargeError
        pieces.append(piece)
    return b"".join(pieces)


def _failed(fault: Fault, error: str) -> Reply:
    return Reply(outcome="failed", fault=fault, error=error)


def _remaining(value: str | None) -> int:
    return int(value) if value is not None and value.isdecimal() and len(value) < 16 else -1
