"""What the environment says about reaching the network: proxies and certificates.

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

__all__ = ["CA_VARIABLES", "Proxy", "basic", "ca_context", "proxy_for"]

CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that may name a file (or folder) of certificates, looked at in this order."""


class Proxy(msgspec.Struct, frozen=True):
    """A proxy's address without credentials, and the headers that carry them."""

    url: str
    headers: dict[str, str] = {}
    secret: str = ""


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
    return Proxy(address, {"Proxy-Authorization": basic(unquote(proxy.username), password)}, password)


def basic(user: str, password: str) -> str:
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
