"""How an address is reached: credentials in it, and the proxies and certificates of the environment.

Read once when a client opens. aiohttp's own `trust_env` is not used: it asks the environment and the
`.netrc` file for every request in a thread, and a `.netrc` entry would replace the API key.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from base64 import b64encode
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from cvalues.errors import InputError

__all__ = ["CA_VARIABLES", "Endpoint", "Proxy", "ca_context", "endpoint", "proxy_for"]

CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that may name a file (or folder) of certificates, looked at in this order."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where calls go: the full address, the one to show, and the authorisation header.

    Attributes:
        url: the address to post to, without credentials.
        base_url: the address as given, without credentials.
        secrets: what must not be shown.
    """

    url: str
    base_url: str
    authorization: str = ""
    secrets: tuple[str, ...] = ()


class Proxy(msgspec.Struct, frozen=True):
    """A proxy's address without credentials, and the headers that carry them."""

    url: str
    headers: dict[str, str] = {}
    secret: str = ""


def endpoint(name: str, base_url: str, key: str) -> Endpoint:
    """Return where the calls of a model go: `base_url` and `/chat/completions`, its query kept.

    A name and a password in the address become basic authorisation; a key becomes a bearer token.

    Raises:
        InputError: when the address is none, the key cannot be sent, or there are two credentials.
    """
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host:
        raise InputError(
            f"{name}: base URL '{base_url.rpartition('@')[2]}' is not an http(s) address; write http://HOST:PORT/v1"
        )
    if not all(" " < letter < "\x7f" for letter in key):
        raise InputError(
            f"{name}: the API key holds a space or a character beyond ASCII, so more or less than the key was"
            " copied; set it again"
        )
    netloc = parts.netloc.rpartition("@")[2]
    path = parts.path.rstrip("/")
    target = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
    url = urlunsplit((parts.scheme, netloc, target, parts.query, ""))
    shown = urlunsplit((parts.scheme, netloc, path, parts.query, ""))
    if parts.username is None:
        return Endpoint(url, shown, f"Bearer {key}" if key else "", (key,) if key else ())
    if key:
        raise InputError(f"{name}: there is an API key, and the base URL holds a name and a password; give one of them")
    password = unquote(parts.password or "")
    authorization = _basic(unquote(parts.username), password)
    token = authorization.partition(" ")[2]
    secrets = tuple(dict.fromkeys(part for part in (token, password, parts.password) if part))
    return Endpoint(url, shown, authorization, secrets)


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for an address, None without one.

    This machine's own addresses are never asked for through a proxy.

    Raises:
        InputError: when the variable names what cannot be used.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    found = getproxies().get(parts.scheme) or getproxies().get("all")
    if not found or _is_loopback(host):
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if proxy_bypass(host) or proxy_bypass(f"{host}:{port}"):
        return None
    proxy = urlsplit(found if "://" in found else f"http://{found}")
    if proxy.scheme not in {"http", "https"} or not proxy.hostname:
        raise InputError(
            f"the proxy '{proxy.scheme}://{proxy.hostname or ''}' from the environment cannot be used: only"
            f" http:// proxies can; change HTTP_PROXY/HTTPS_PROXY/ALL_PROXY, or exempt {host} in NO_PROXY"
        )
    address = urlunsplit((proxy.scheme, proxy.netloc.rpartition("@")[2], proxy.path, "", ""))
    if proxy.username is None:
        return Proxy(address)
    password = unquote(proxy.password or "")
    return Proxy(address, {"Proxy-Authorization": _basic(unquote(proxy.username), password)}, password)


def _basic(user: str, password: str) -> str:
    """Return the value of an authorisation header for a name and a password (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def ca_context() -> ssl.SSLContext | None:
    """Return a TLS context with the certificates that the environment names, None when it names none.

    Raises:
        InputError: when the file is not there or holds no certificate.
    """
    for variable in CA_VARIABLES:
        value = os.environ.get(variable, "").strip()
        if not value:
            continue
        path = Path(value).expanduser()
        try:
            if path.is_dir():
                return ssl.create_default_context(capath=str(path))
            return ssl.create_default_context(cafile=str(path))
        except (OSError, ssl.SSLError) as error:
            raise InputError(
                f"{variable}={value}: no certificates can be read from it ({error}); correct or unset it"
            ) from error
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
