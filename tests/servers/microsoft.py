"""Microsoft on loopback: the identity platform's v2.0 endpoints, and what mail servers ask about a token.

Paths, fields and error codes are those of Microsoft's documentation. HTTPS with a certificate of its own, as msal
talks to nothing else. What misbehaves is set on the server: `answers`, `withdraw`, `forget_access`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.process import PATIENCE, WebServer, make_certificate

CLIENT = "11111111-2222-3333-4444-555555555555"
TENANT = "lindqvist.example.com"
TENANT_ID = "99999999-8888-7777-6666-000000000000"
USER = "alice@lindqvist.example.com"
HOUR = 3600

Reply = tuple[int, Any]
Form = dict[str, str]
Handle = Callable[[BaseHTTPRequestHandler], None]
Route = Callable[[BaseHTTPRequestHandler, Form], Reply]


@dataclass
class Grant:
    """What a code or refresh token stands for."""

    scopes: frozenset[str]
    challenge: str = ""
    redirect: str = ""
    nonce: str = ""
    polls_left: int = 0


def refusal(error: str, code: int, text: str, status: int = 400) -> Reply:
    """An error as the token endpoint words it."""
    told = {"error": error, "error_description": f"AADSTS{code}: {text} Trace ID: 0", "error_codes": [code]}
    return status, told


class Identity:
    """Who may have which token. `asked` lists the grant types that came in."""

    def __init__(self) -> None:
        self.codes: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.access: dict[str, tuple[frozenset[str], float]] = {}
        self.consented: set[str] | None = None
        self.revoked: Reply | None = None
        self.asked: list[str] = []
        self.pending = 1
        self.public = True
        self._count = 0

    def forget_access(self) -> None:
        """The tokens given out so far are good no longer, whatever was said about their life."""
        self.access.clear()

    def withdraw(self, code: int = 50173, error: str = "invalid_grant") -> None:
        """Refresh tokens are refused from now on."""
        self.revoked = refusal(error, code, "The provided grant has expired due to it being revoked.")

    def good(self, token: str, *scopes: str) -> bool:
        """Whether an access token is good now, for these scopes."""
        held, until = self.access.get(token, (frozenset(), 0.0))
        return until > time.time() and held >= set(scopes)

    def device(self, form: Form) -> Reply:
        """POST devicecode (RFC 8628 §3.1)."""
        code = self._new("device")
        self.codes[code] = Grant(_scopes(form), polls_left=self.pending)
        page = "https://microsoft.com/devicelogin"
        message = f"To sign in, use a web browser to open the page {page} and enter the code ABCD-1234."
        told = {"user_code": "ABCD-1234", "device_code": code, "verification_uri": page, "expires_in": 900}
        return 200, {**told, "interval": 0, "message": message}

    def authorize(self, query: Form) -> str:
        """GET authorize: the form that a browser posts back once the user has agreed."""
        assert query["code_challenge_method"] == "S256"
        assert query["response_mode"] == "form_post"
        code = self._new("code")
        grant = Grant(_scopes(query), query["code_challenge"], query["redirect_uri"], query.get("nonce", ""))
        self.codes[code] = grant
        return json.dumps({"action": query["redirect_uri"], "fields": {"code": code, "state": query["state"]}})

    def token(self, form: Form) -> Reply:
        """POST token."""
        kind = form["grant_type"].rpartition(":")[2]
        self.asked.append(kind)
        if form.get("client_id") != CLIENT:
            return refusal("unauthorized_client", 700016, "Application was not found in the directory.")
        if not self.public:
            return refusal("invalid_client", 7000218, "The request body must contain: 'client_secret'.", 401)
        return {"device_code": self._by_device, "authorization_code": self._by_code, "refresh_token": self._again}[
            kind
        ](form)

    def _by_device(self, form: Form) -> Reply:
        grant = self.codes.get(form["device_code"])
        if grant is None:
            return refusal("expired_token", 70020, "The device code has expired.")
        grant.polls_left -= 1
        if grant.polls_left >= 0:
            return refusal("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending.")
        del self.codes[form["device_code"]]
        return self._issue(grant, grant.scopes)

    def _by_code(self, form: Form) -> Reply:
        grant = self.codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if grant is None or proof.decode() != grant.challenge or form["redirect_uri"] != grant.redirect:
            return refusal("invalid_grant", 501481, "The Code_Verifier does not match.")
        return self._issue(grant, grant.scopes)

    def _again(self, form: Form) -> Reply:
        grant = self.refresh.get(form["refresh_token"])
        if self.revoked or grant is None:
            return self.revoked or refusal("invalid_grant", 70008, "The provided refresh token has expired.")
        wanted = _scopes(form)
        if self.consented is not None and not wanted <= self.consented:
            return refusal("invalid_grant", 65001, "The user or administrator has not consented.")
        return self._issue(grant, wanted)

    def _issue(self, grant: Grant, scopes: frozenset[str]) -> Reply:
        access, refresh = self._new("access") + "x" * 1800, self._new("refresh")
        self.access[access] = (scopes, time.time() + HOUR)
        self.refresh[refresh] = Grant(scopes)
        who = base64.urlsafe_b64encode(json.dumps({"uid": "alice", "utid": TENANT_ID}).encode()).decode()
        life = {"token_type": "Bearer", "scope": " ".join(sorted(scopes)), "expires_in": HOUR, "ext_expires_in": HOUR}
        told = {"access_token": access, "refresh_token": refresh, "id_token": _id_token(grant.nonce)}
        return 200, {**life, **told, "client_info": who.rstrip("=")}

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}-"


def _scopes(form: Form) -> frozenset[str]:
    return frozenset(form["scope"].split()) - {"openid", "profile", "offline_access"}


def _id_token(nonce: str) -> str:
    now = int(time.time())
    claims = {"aud": CLIENT, "iss": f"https://localhost/{TENANT_ID}/v2.0", "iat": now, "nbf": now, "exp": now + HOUR}
    claims |= {"sub": "alice", "oid": "alice", "tid": TENANT_ID, "preferred_username": USER, "nonce": nonce}
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + ".c2ln"


class Microsoft:
    """The service. `answers` maps the beginning of a path to what is said there in place of the usual."""

    def __init__(self, folder: Path) -> None:
        self.identity = Identity()
        self.answers: dict[str, list[Handle]] = {}
        self.requests: list[str] = []
        self.routes: dict[str, Route] = {}
        self.ca_file, key = make_certificate(folder)
        self._web = _web(self)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key)
        self._web.socket = context.wrap_socket(self._web.socket, server_side=True)
        self._plain = _web(self)
        self.url = f"https://localhost:{self._web.server_address[1]}"
        self.plain_url = f"http://127.0.0.1:{self._plain.server_address[1]}"

    @contextmanager
    def started(self) -> Iterator[Microsoft]:
        """Serve, over TLS and, for mail servers that ask about a token, in the clear."""
        servers = (self._web, self._plain)
        threads = [threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True) for server in servers]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            for server, thread in zip(servers, threads, strict=True):
                server.shutdown()
                server.server_close()
                thread.join()

    def respond(self, handler: BaseHTTPRequestHandler, form: Form) -> None:
        """One request."""
        parts = urlsplit(handler.path)
        self.requests.append(f"{handler.command} {handler.path}")
        for start, waiting in self.answers.items():
            if parts.path.startswith(start) and waiting:
                waiting.pop(0)(handler)
                return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, body = self._routed(handler, parts.path, {**query, **form})
        say(status, body)(handler)

    def _routed(self, handler: BaseHTTPRequestHandler, path: str, form: Form) -> Reply:
        if path.startswith("/tokeninfo"):
            good = self.identity.good(form["access_token"])
            return (200, {"email": USER, "active": True}) if good else (401, {"error": "invalid_token"})
        for start, route in self.routes.items():
            if path.startswith(start):
                return route(handler, form)
        tenant, _, rest = path.lstrip("/").partition("/")
        if tenant not in {"common", "organizations", TENANT, TENANT_ID}:
            return refusal("invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        if rest == "v2.0/.well-known/openid-configuration":
            return 200, self._configuration(tenant)
        serve = {"devicecode": self.identity.device, "token": self.identity.token}
        last = rest.rpartition("/")[2]
        return (200, self.identity.authorize(form)) if last == "authorize" else serve[last](form)

    def _configuration(self, tenant: str) -> dict[str, str]:
        here = f"{self.url}/{tenant}/oauth2/v2.0"
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
        names |= {"device_authorization_endpoint": "devicecode"}
        return {"issuer": f"{self.url}/{TENANT_ID}/v2.0", **{name: f"{here}/{end}" for name, end in names.items()}}


def say(status: int, body: Any, **headers: str) -> Handle:
    """An answer: text as it is, anything else as JSON. `Retry_After="2"` and the like are headers."""
    content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

    def handle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        usual = {"Content_Type": "application/json", "Content_Length": str(len(content))}
        for name, value in {**usual, **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return handle


def cut(handler: BaseHTTPRequestHandler) -> None:
    """No answer: the connection breaks."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def browse(address: str, ca_file: Path) -> None:
    """What a browser does with an authorization address once the user agrees: fetch the form, post it to loopback."""
    import requests

    told = requests.get(address, verify=str(ca_file), timeout=PATIENCE).json()
    content = urlencode(told["fields"])
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    requests.post(told["action"], data=content, headers=kind, timeout=PATIENCE)


def _web(service: Microsoft) -> WebServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            service.respond(self, {})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            service.respond(self, {name: values[0] for name, values in parse_qs(text).items()})

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
            """Quiet."""

    return WebServer(("127.0.0.1", 0), Handler)


@contextmanager
def running() -> Iterator[Microsoft]:
    """The service, in this process."""
    with tempfile.TemporaryDirectory() as folder, Microsoft(Path(folder)).started() as service:
        yield service
