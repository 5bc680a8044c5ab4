"""The HTTP client against a real loopback server that behaves as badly as vendors do."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_server import Handler, RawServer, Request, chat_body, http, resets, sends, stalls

from cvalues.errors import EndpointDown, InputError
from cvalues.models import chat_http
from cvalues.models.chat_http import ChatHTTP
from cvalues.models.limits import Governor, Limits
from cvalues.models.model import Ask, Params, Reply
from cvalues.models.providers import load_providers
from cvalues.records import Message, Usage

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
KEY = "sk-secret-0123456789abcdef"


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Clear the proxy variables, and let names under .invalid be unknown without asking the network."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **more: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return monkeypatch


def make(base_url: str, provider: str = "vllm", **options: Any) -> ChatHTTP:
    settings_: dict[str, Any] = {"api_key": KEY, "timeout": 5.0, "parallel": 4, **options}
    return ChatHTTP(
        name=f"{provider}/m", model="m", base_url=base_url, provider=load_providers()[provider], **settings_
    )


def ask_for(
    text: str = "选哪个？",
    mode: str = "text",
    max_tokens: int = 64,
    labels: tuple[str, ...] = ("A", "B"),
    **params: Any,
) -> Ask:
    return Ask((Message("user", text),), Params(mode=mode, **params), max_tokens, labels)  # pyright: ignore[reportArgumentType]


def one(handler: Handler, ask: Ask | None = None, provider: str = "vllm", **options: Any) -> Reply:
    """Return the reply of one call to a server with this handler."""

    async def main() -> Reply:
        async with RawServer(handler) as server:
            model = make(server.base_url, provider, **options)
            await model.open()
            try:
                return await model.ask(ask or ask_for())
            finally:
                await model.close()

    return asyncio.run(main())


def with_server(handler: Handler, use: Callable[[RawServer, ChatHTTP], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with RawServer(handler) as server:
            model = make(server.base_url, **options)
            await model.open()
            try:
                await use(server, model)
            finally:
                await model.close()

    asyncio.run(main())


def test_an_ordinary_answer_comes_with_usage_status_latency_and_what_was_sent():
    reply = one(sends(http(chat_body("我选回复1", system_fingerprint="fp_9"))))
    assert (reply.outcome, reply.fault, reply.text, reply.finish, reply.status) == (
        "answered",
        "",
        "我选回复1",
        "stop",
        200,
    )
    assert reply.usage == Usage(30, 3)
    assert reply.served_by == "m fp_9"
    assert 0 < reply.latency < 5
    assert reply.sent["temperature"] == 0.0 and reply.sent["max_tokens"] == 64
    assert reply.error == "" and reply.logprobs is None


def test_the_request_is_what_an_openai_compatible_server_expects():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        ask = Ask(
            (Message("system", "你是助手"), Message("user", "“引号”\n\t\U0001f600")),
            Params(temperature=0.5, top_p=0.9, seed=7, extra={"top_k": 5, "stream": True}),
            99,
        )
        await model.ask(ask)
        request = server.requests[0]
        assert request.line == "POST /v1/chat/completions HTTP/1.1"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"].startswith("cvalues/")
        body = request.json
        assert body["messages"] == [
            {"role": "system", "content": "你是助手"},
            {"role": "user", "content": "“引号”\n\t\U0001f600"},
        ]
        assert (body["model"], body["temperature"], body["top_p"], body["seed"], body["top_k"]) == (
            "m",
            0.5,
            0.9,
            7,
            5,
        )
        assert body["max_tokens"] == 99
        assert body["stream"] is False, "a streamed reply could not be read"

    with_server(sends(http(chat_body())), use)


def test_each_parameters_object_gets_its_own_body():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        for n in range(40):
            await model.ask(ask_for(f"问{n}", temperature=n / 40, max_tokens=n + 1))
        for n, request in enumerate(server.requests):
            assert request.json["temperature"] == n / 40
            assert request.json["max_tokens"] == n + 1
            assert request.json["messages"][0]["content"] == f"问{n}"

    with_server(sends(http(chat_body())), use)


def test_connections_are_kept_and_no_more_are_opened_than_allowed():
    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.005)
        writer.write(http(chat_body()))

    async def use(server: RawServer, model: ChatHTTP) -> None:
        replies = await asyncio.gather(*[model.ask(ask_for()) for _ in range(40)])
        assert {reply.outcome for reply in replies} == {"answered"}
        assert server.connections == 4 and len(server.requests) == 40

    with_server(slow, use)


def test_no_key_sends_no_authorisation():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        await model.ask(ask_for())
        assert "authorization" not in server.requests[0].headers

    with_server(sends(http(chat_body())), use, api_key=None)


def test_blank_and_keep_alive_lines_before_the_body_are_tolerated():
    async def queued(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for line in (b"\n", b": keep-alive\n\n", b"\n", chat_body("回复2")):
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write(b"0\r\n\r\n")

    assert one(queued).text == "回复2"


def test_compressed_replies_are_read():
    packed = gzip.compress(chat_body("回复2"))
    assert one(sends(http(packed, 200, "Content-Encoding: gzip"))).text == "回复2"


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (resets, "network"),
        (stalls, "timeout"),
        (sends(http(chat_body(), length=5000), then_close=True), "bad_body"),
        (sends(CHUNKED + b"5\r\nabc", then_close=True), "bad_body"),
        (sends(CHUNKED + b"zz\r\nabc\r\n", then_close=True), "bad_body"),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Le", then_close=True), "network"),
        (sends(b"", then_close=True), "network"),
        (sends(b"SSH-2.0-OpenSSH_9\r\n\r\n", then_close=True), "bad_body"),
        (sends(http(b"\x1f\x8bnot gzip at all", 200, "Content-Encoding: gzip")), "bad_body"),
        (sends(http(b"<html>welcome</html>")), "bad_body"),
        (sends(http(b"")), "bad_body"),
        (sends(http(chat_body()[:-30])), "bad_body"),
        (sends(http(chat_body("回复1").replace("回复".encode(), b"\xff\xfe"))), "bad_body"),
        (sends(http(b'{"choices": []}')), "bad_body"),
        (sends(http(b'{"object": "chat.completion"}')), "bad_body"),
        (sends(http(b"[]")), "bad_body"),
        (sends(http(chat_body(5))), "bad_body"),
        (sends(http(chat_body({"x": 1}))), "bad_body"),
        (sends(http(chat_body(None, None))), "bad_body"),
        (sends(http(b"busy", 503)), "overload"),
        (sends(http(b"", 500)), "overload"),
    ],
)
def test_trouble_of_network_and_server_is_a_fault_and_never_an_exception(handler: Handler, fault: str):
    reply = one(handler, timeout=0.5 if fault == "timeout" else 10.0)
    assert (reply.outcome, reply.fault) == ("failed", fault)
    assert reply.error or reply.status == 200 or reply.status == 500
    assert KEY not in reply.error


@pytest.mark.usefixtures("no_proxies")
def test_a_refused_connection_and_an_unknown_host_are_network_faults():
    async def main() -> None:
        async with RawServer(stalls) as server:
            free = server.base_url
        for url in (free, "http://no-such-host.invalid/v1"):
            model = make(url)
            reply = await model.ask(ask_for())
            assert (reply.outcome, reply.fault, reply.status) == ("failed", "network", 0)
            assert "Connector" in reply.error
            await model.close()

    asyncio.run(main())


def test_a_reply_that_stalls_halfway_is_a_timeout_and_frees_its_connection():
    async def half(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.json["messages"][0]["content"] == "半":
            writer.write(http(chat_body(), length=9999))
            await asyncio.sleep(3600)
        writer.write(http(chat_body()))

    async def use(server: RawServer, model: ChatHTTP) -> None:
        replies = await asyncio.gather(*[model.ask(ask_for("半")) for _ in range(4)])
        assert {reply.fault for reply in replies} == {"timeout"}
        assert "within 1 s" in replies[0].error
        assert (await model.ask(ask_for("全"))).outcome == "answered"

    with_server(half, use, timeout=1.0)


def test_a_cancelled_call_frees_its_connection():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        calls = [asyncio.ensure_future(model.ask(ask_for("停"))) for _ in range(4)]
        await asyncio.sleep(0.05)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert (await model.ask(ask_for("走"))).outcome == "answered"

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.json["messages"][0]["content"] == "停":
            await asyncio.sleep(3600)
        writer.write(http(chat_body()))

    with_server(handler, use)


def test_a_reply_without_end_is_given_up_at_the_size_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chat_http, "MAX_BODY", 300_000)

    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(1000):
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()

    reply = one(endless)
    assert reply.fault == "bad_body" and "larger than 300000 bytes" in reply.error


def test_a_large_honest_reply_is_read_whole():
    text = "好" * 400_000
    assert one(sends(http(chat_body(text)))).text == text


@pytest.mark.parametrize(
    ("body", "outcome", "fault"),
    [
        (b'{"error": {"message": "Provider returned error", "code": 502}}', "failed", "overload"),
        (b'{"error": {"message": "Rate limit", "code": 429}}', "failed", "rate_limit"),
        (chat_body("一半", "content_filter"), "blocked_output", "blocked_output"),
        (chat_body("", "length"), "truncated", ""),
        (chat_body("说到一", "length"), "truncated", ""),
        (chat_body("回复1", "tool_calls"), "answered", ""),
        (chat_body("回复1", None), "answered", ""),
        (chat_body([{"type": "text", "text": "回复1"}], None), "answered", ""),
        (chat_body("回复1", "made_up"), "failed", "bad_request"),
        (chat_body(None, "stop"), "answered", ""),
    ],
)
def test_the_body_of_a_200_decides_what_it_was(body: bytes, outcome: str, fault: str):
    reply = one(sends(http(body)))
    assert (reply.outcome, reply.fault, reply.status) == (outcome, fault, 200)
    assert bool(reply.error) == bool(fault)


def test_thinking_that_uses_up_the_cap_is_truncated_even_where_the_server_says_stop():
    body = chat_body("", "stop", {"reasoning_content": "想" * 64})
    body = body.replace(b'"completion_tokens": 3', b'"completion_tokens": 64')
    reply = one(sends(http(body)))
    assert (reply.outcome, reply.text, len(reply.reasoning)) == ("truncated", "", 64)


def test_a_vendors_block_is_an_outcome_with_its_raw_error():
    raw = {
        "error": {
            "code": "data_inspection_failed",
            "message": "Input data may contain inappropriate content.",
        }
    }
    reply = one(sends(http(json.dumps(raw).encode(), 400)), provider="dashscope")
    assert (reply.outcome, reply.fault, reply.status) == ("blocked_input", "blocked_input", 400)
    assert "inappropriate content" in reply.error


def test_a_stated_wait_is_handed_on():
    reply = one(sends(http(b'{"error": {"message": "slow down"}}', 429, "Retry-After: 17")))
    assert (reply.fault, reply.wait) == ("rate_limit", 17.0)


def test_the_requests_that_remain_are_read_where_the_vendor_has_a_header_for_it():
    header = load_providers()["openai"].remaining_header
    assert one(sends(http(chat_body(), 200, f"{header}: 41")), provider="openai").remaining == 41
    assert one(sends(http(chat_body(), 200, f"{header}: many")), provider="openai").remaining == -1
    assert one(sends(http(chat_body())), provider="openai").remaining == -1


def test_the_key_is_in_no_error_no_repr_and_no_note():
    echo = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}})
    reply = one(sends(http(echo.encode(), 401)), provider="openai")
    assert reply.fault == "auth" and KEY not in reply.error and "Incorrect API key" in reply.error
    model = make("http://user:pa%20ss-word@127.0.0.1:1/v1", api_key=None)
    shown = repr(model) + model.advice("auth") + model.base_url
    assert "pa%20ss-word" not in shown and "pa ss-word" not in shown
    assert KEY not in repr(make("http://127.0.0.1:1/v1"))
    header = one(sends(f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode(), then_close=True))
    assert header.fault == "bad_body" and KEY not in header.error


def test_a_name_and_a_password_in_the_address_become_basic_authorisation():
    async def main() -> None:
        async with RawServer(sends(http(chat_body()))) as server:
            model = make(f"http://me:p%40ss@127.0.0.1:{server.port}/v1", api_key=None)
            assert (await model.ask(ask_for())).outcome == "answered"
            await model.close()
            assert server.requests[0].headers["authorization"] == "Basic bWU6cEBzcw=="

    asyncio.run(main())
    with pytest.raises(InputError, match="give one"):
        make("http://me:pass@127.0.0.1/v1")


@pytest.mark.parametrize(
    "url", ["", "host:8000/v1", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1"]
)
def test_an_address_that_is_none_is_refused_before_any_call(url: str):
    with pytest.raises(InputError, match=r"not an http\(s\) address"):
        make(url)


@pytest.mark.parametrize("key", ["sk-abc def", "“sk-abc”", "sk-\nabc"])
def test_a_key_that_was_not_copied_alone_is_refused_before_any_call(key: str):
    with pytest.raises(InputError, match="API key") as caught:
        make("http://127.0.0.1/v1", api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("tail", "line"),
    [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/chat/completions", "/v1/chat/completions"),
        ("/chat/completions/", "/v1/chat/completions"),
        ("?api-version=2026-01", "/v1/chat/completions?api-version=2026-01"),
    ],
)
def test_the_address_may_end_in_several_ways(tail: str, line: str):
    async def main() -> None:
        async with RawServer(sends(http(chat_body()))) as server:
            model = make(server.base_url + tail)
            assert (await model.ask(ask_for())).outcome == "answered"
            await model.close()
            assert server.requests[0].line == f"POST {line} HTTP/1.1"

    asyncio.run(main())


def test_a_redirect_on_the_same_host_is_followed_once_and_remembered():
    async def moved(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.line.startswith("POST /v1/"):
            writer.write(http(b"", 308, "Location: /api/v1/chat/completions"))
        else:
            writer.write(http(chat_body()))

    async def use(server: RawServer, model: ChatHTTP) -> None:
        for _ in range(3):
            assert (await model.ask(ask_for())).outcome == "answered"
        assert [request.line.split()[1] for request in server.requests] == [
            "/v1/chat/completions", *["/api/v1/chat/completions"] * 3,
        ]  # fmt: skip
        assert server.requests[1].json == server.requests[0].json
        assert server.requests[1].headers["authorization"] == f"Bearer {KEY}"

    with_server(moved, use)


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.invalid/v1/chat/completions",
        "//elsewhere.invalid/",
        "http://127.0.0.1:9/v1",
        "file:///etc/passwd",
        "http://[broken",
        "https://user:pw@elsewhere.invalid/?key=1",
    ],
)
def test_a_redirect_to_another_host_is_refused_with_the_cure(location: str):
    async def use(server: RawServer, model: ChatHTTP) -> None:
        reply = await model.ask(ask_for())
        assert (reply.outcome, reply.fault) == ("failed", "bad_request")
        assert "redirect" in reply.error and "user:pw" not in reply.error and "key=1" not in reply.error
        assert len(server.requests) == 1

    with_server(sends(http(b"", 307, f"Location: {location}")), use)


def test_redirects_in_a_circle_end():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        reply = await model.ask(ask_for())
        assert reply.fault == "bad_request"
        assert len(server.requests) == 4

    with_server(sends(http(b"", 307, "Location: /v1/chat/completions")), use)


def test_cookies_are_not_kept():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        await model.ask(ask_for())
        await model.ask(ask_for())
        assert "cookie" not in server.requests[1].headers

    with_server(sends(http(chat_body(), 200, "Set-Cookie: who=me; Path=/")), use)


def through_proxy(
    monkeypatch: pytest.MonkeyPatch, url: str, credentials: str = "", no_proxy: str = ""
) -> tuple[list[Request], Reply]:
    async def main() -> tuple[list[Request], Reply]:
        async with RawServer(sends(http(chat_body("经代理")))) as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://{credentials}127.0.0.1:{proxy.port}")
            if no_proxy:
                monkeypatch.setenv("NO_PROXY", no_proxy)
            model = make(url)
            try:
                return proxy.requests, await model.ask(ask_for())
            finally:
                await model.close()

    return asyncio.run(main())


def test_the_proxy_of_the_environment_is_used_with_its_credentials(no_proxies: pytest.MonkeyPatch):
    requests, reply = through_proxy(no_proxies, "http://models.invalid:8000/v1", "me:p%40ss@")
    assert reply.text == "经代理"
    assert requests[0].line == "POST http://models.invalid:8000/v1/chat/completions HTTP/1.1"
    assert requests[0].headers["proxy-authorization"] == "Basic bWU6cEBzcw=="
    assert requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("no_proxy", ["models.invalid", ".invalid", "*", "other, models.invalid:8000"])
def test_no_proxy_exempts_a_host(no_proxies: pytest.MonkeyPatch, no_proxy: str):
    requests, reply = through_proxy(no_proxies, "http://models.invalid:8000/v1", no_proxy=no_proxy)
    assert requests == [] and reply.fault == "network"


def test_this_machine_is_never_reached_through_a_proxy(no_proxies: pytest.MonkeyPatch):
    async def main() -> None:
        async with RawServer(sends(http(chat_body("直连")))) as server:
            no_proxies.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
            model = make(server.base_url)
            assert (await model.ask(ask_for())).text == "直连"
            await model.close()

    asyncio.run(main())


def test_a_proxy_that_cannot_be_used_is_named_before_any_call(no_proxies: pytest.MonkeyPatch):
    no_proxies.setenv("ALL_PROXY", "socks5://me:hidden@127.0.0.1:1080")
    with pytest.raises(InputError, match="socks5://127.0.0.1' from the environment cannot be used") as caught:
        asyncio.run(make("http://models.invalid/v1").open())
    assert "hidden" not in str(caught.value)


def test_a_proxy_for_https_gets_its_own_password_and_not_the_api_key(no_proxies: pytest.MonkeyPatch):
    requests: list[Request] = []

    async def main() -> Reply:
        async with RawServer(sends(http(b"denied", 407)), requests) as proxy:
            no_proxies.setenv("HTTPS_PROXY", f"http://me:hidden99@127.0.0.1:{proxy.port}")
            model = make("https://models.invalid/v1")
            try:
                return await model.ask(ask_for())
            finally:
                await model.close()

    reply = asyncio.run(main())
    assert reply.fault == "network" and "407" in reply.error and "hidden99" not in reply.error
    assert requests[0].line == "CONNECT models.invalid:443 HTTP/1.1"
    assert requests[0].headers["proxy-authorization"] == "Basic bWU6aGlkZGVuOTk="
    assert KEY not in str(requests[0].headers)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_file_that_cannot_be_read_is_named_before_any_call(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate", encoding="utf-8")
    for path in (broken, tmp_path / "absent.pem"):
        monkeypatch.setenv(variable, str(path))
        with pytest.raises(InputError, match=variable):
            asyncio.run(make("https://models.invalid/v1").open())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl: apt-get install openssl")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_certificates_of_the_environment_are_trusted_and_only_those(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    key, certificate = tmp_path / "key.pem", tmp_path / "ca.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def main() -> list[Reply]:
        replies: list[Reply] = []
        async with RawServer(sends(http(chat_body())), tls=context) as server:
            for trusted in (False, True):
                if trusted:
                    monkeypatch.setenv(variable, str(certificate))
                model = make(f"https://localhost:{server.port}/v1", timeout=20.0)
                replies.append(await model.ask(ask_for()))
                await model.close()
        return replies

    refused, answered = asyncio.run(main())
    assert refused.fault == "network" and "CERTIFICATE_VERIFY_FAILED" in refused.error
    assert "REQUESTS_CA_BUNDLE" in refused.error, "the cure"
    assert answered.outcome == "answered"


def with_logprobs(top: dict[str, float], text: str = "A", finish: str = "stop") -> bytes:
    listed = [{"token": token, "logprob": value} for token, value in top.items()]
    body = json.loads(chat_body(text, finish))
    body["choices"][0]["logprobs"] = {"content": [{"token": text, "logprob": -0.1, "top_logprobs": listed}]}
    return json.dumps(body, ensure_ascii=False).encode()


def test_logprob_mode_asks_for_the_list_and_reads_the_labels():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        reply = await model.ask(ask_for(mode="logprob"))
        assert server.requests[0].json["logprobs"] is True and server.requests[0].json["top_logprobs"] >= 2
        assert reply.outcome == "answered" and reply.text == "A"
        assert reply.logprobs is not None
        assert reply.logprobs.labels == pytest.approx((math.log(0.75), math.log(0.2)))
        assert model.notes == ()

    with_server(sends(http(with_logprobs({"A": math.log(0.7), " a": math.log(0.05), "B": math.log(0.2)}))), use)


def test_a_first_token_that_decides_is_an_answer_although_the_cap_cut_the_text():
    reply = one(sends(http(with_logprobs({"A": -0.1, "B": -2.0}, finish="length"))), ask_for(mode="logprob"))
    assert reply.outcome == "answered"
    reply = one(sends(http(with_logprobs({"我": -0.1}, "我", finish="length"))), ask_for(mode="logprob"))
    assert reply.outcome == "truncated"


def test_without_log_probabilities_the_text_is_kept_and_the_user_is_told_once():
    async def use(server: RawServer, model: ChatHTTP) -> None:
        for _ in range(3):
            reply = await model.ask(ask_for(mode="logprob"))
            assert (reply.outcome, reply.text, reply.logprobs) == ("answered", "回复1", None)
        assert model.notes == ("the server gave no log-probabilities; read from text instead",)

    with_server(sends(http(chat_body("回复1"))), use)


@pytest.mark.parametrize("provider", ["vllm", "openai", "deepseek"])
def test_a_server_that_refuses_log_probabilities_is_asked_for_text_from_then_on(provider: str):
    async def strict(request: Request, writer: asyncio.StreamWriter) -> None:
        if "logprobs" in request.json:
            message = "logprobs are not supported with this model"
            writer.write(
                http(json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode(), 400)
            )
        else:
            writer.write(http(chat_body("回复2")))

    async def main() -> None:
        async with RawServer(strict) as server:
            model = make(server.base_url, provider)
            governor = Governor(model)
            ask = ask_for(mode="logprob", thinking=False if provider == "deepseek" else None)
            reply, attempts = await governor.call(ask)
            assert (reply.outcome, reply.text, attempts) == ("answered", "回复2", 2)
            reply, attempts = await governor.call(ask)
            assert (reply.text, attempts) == ("回复2", 1)
            assert len(server.requests) == 3
            assert model.notes == ("the server gave no log-probabilities; read from text instead",)
            await model.close()

    asyncio.run(main())


def test_a_wrong_key_stops_the_run_after_one_call_and_says_which_variable_and_host():
    async def main() -> None:
        body = b'{"error": {"code": "invalid_api_key", "message": "Incorrect API key provided."}}'
        async with RawServer(sends(http(body, 401))) as server:
            model = make(server.base_url, "dashscope")
            governor = Governor(model)
            results = await asyncio.gather(*[governor.call(ask_for()) for _ in range(50)], return_exceptions=True)
            assert all(isinstance(result, EndpointDown) for result in results)
            assert len(server.requests) == 1
            message = str(results[0])
            assert message.startswith("dashscope/m: the key was refused")
            for part in (
                "HTTP 401",
                "Incorrect API key provided",
                "DASHSCOPE_API_KEY",
                server.base_url,
                "dashscope-intl",
                "resumed",
            ):
                assert part in message
            assert KEY not in message and "{" not in message
            await model.close()

    asyncio.run(main())


def test_a_faulty_endpoint_answers_every_call_in_the_end():
    counts: dict[str, int] = {}

    async def faulty(request: Request, writer: asyncio.StreamWriter) -> None:
        text = request.json["messages"][0]["content"]
        counts[text] = counts.get(text, 0) + 1
        trouble = [
            None,
            lambda: writer.transport.abort(),
            lambda: writer.write(http(b"{}", 503)),
            lambda: writer.write(http(b"{", 200)),
            lambda: writer.write(http(b'{"error": {"message": "x", "code": 429}}', 429)),
            lambda: writer.write(http(b'{"error": {"message": "x"}}', 429, "Retry-After: 0.05")),
        ][int(text) % 6]
        if trouble is not None and counts[text] == 1:
            trouble()
        else:
            writer.write(http(chat_body(text)))

    async def main() -> None:
        async with RawServer(faulty) as server:
            model = make(server.base_url, parallel=20)
            governor = Governor(model, Limits(backoff=0.005))
            results = await asyncio.gather(*[governor.call(ask_for(str(n))) for n in range(120)])
            assert [reply.text for reply, _ in results] == [str(n) for n in range(120)]
            assert [attempts for _, attempts in results] == [1 if n % 6 == 0 else 2 for n in range(120)]
            assert len(server.requests) == 220
            await model.close()

    asyncio.run(main())


def test_close_may_be_called_twice_and_the_client_opened_again():
    async def main() -> None:
        async with RawServer(sends(http(chat_body()))) as server:
            model = make(server.base_url)
            await model.close()
            for _ in range(2):
                await model.open()
                await model.open()
                assert (await model.ask(ask_for())).outcome == "answered"
                await model.close()
                await model.close()

    asyncio.run(main())


def insert(cut: int, fill: bytes) -> bytes:
    return chat_body()[:cut] + fill + chat_body()[cut:]


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60) | st.builds(insert, st.integers(0, 300), st.binary(max_size=4)),
    st.sampled_from([200, 200, 200, 201, 204, 299, 300, 301, 400, 404, 418, 429, 451, 500, 599]),
    st.sampled_from(["vllm", "minimax", "zhipu", "openrouter", "qianfan"]),
    st.sampled_from(["text", "logprob"]),
)
def test_any_status_and_bytes_make_a_reply_and_never_an_exception(raw: bytes, status: int, provider: str, mode: str):
    reply = one(sends(http(raw, status), then_close=status == 204), ask_for(mode=mode), provider)
    assert reply.outcome in {"answered", "truncated", "blocked_input", "blocked_output", "failed"}
    assert (reply.outcome == "failed") <= bool(reply.fault)
    if reply.outcome in {"answered", "truncated"}:
        assert reply.fault == "" and 200 <= status <= 299


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_on_the_wire_make_a_reply_and_never_an_exception(raw: bytes, headed: bool):
    data = b"HTTP/1.1 200 OK\r\n" + raw if headed else raw
    reply = one(sends(data, then_close=True), timeout=0.5)
    assert reply.outcome == "failed" and reply.fault in {"network", "bad_body", "timeout"}
