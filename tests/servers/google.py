"""Google on this machine: Gmail v1, Calendar v3 and the OAuth endpoints over HTTP, in a thread of this process.

Paths, parameters, permissions and the shape of answers are held against the discovery documents that
google-api-python-client brings along. `faults` makes it fail as the real one does.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from googleapiclient.discovery_cache import get_static_doc

from connectors.oauth.tokens import TokenStore
from tests.servers.google_calendar import Calendars
from tests.servers.google_mail import Mail
from tests.servers.google_oauth import Desk
from tests.servers.google_problem import Problem, body_of
from tests.servers.process import PATIENCE

GLOBAL = {"alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType", "oauth_token"}


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the discovery documents."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: dict[str, Any]
    scopes: frozenset[str]
    answer: str


@dataclass
class Fault:
    """What goes wrong with calls whose method id matches: `times` of them, after `after` that go well.

    `how`: "answer" (an error with this status and reason), "cut", "silence", "drip", "bomb", "garbage", "redirect";
    "lost" carries the call out and then cuts the line.
    """

    method: str
    how: str = "answer"
    status: int = 503
    reason: str = "backendError"
    times: int = 1
    after: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    only: str = ""
    met: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether this call is struck."""
        if not re.fullmatch(self.method, method) or self.only not in path:
            return False
        self.met += 1
        return self.after < self.met <= self.after + self.times


class Google:
    """The services and one account on them. `calls` counts by method id; `url` is where they are."""

    def __init__(self) -> None:
        self.mail, self.calendars, self.oauth = Mail(), Calendars(), Desk()
        self.faults: list[Fault] = []
        self.calls: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.longest_line = 0
        handler = type("Handler", (_Handler,), {"google": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.mistakes = self._server.mistakes
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sign_in(self, tokens: TokenStore, name: str, *scopes: str) -> None:
        """Keep a sign-in for these permissions, as after `weaktie auth`."""
        tokens.save(name, self.oauth.token(scopes, self.url))

    def client_file(self) -> dict[str, Any]:
        """The JSON that the owner downloads from their Google Cloud project."""
        client = {"client_id": self.oauth.client_id, "client_secret": self.oauth.client_secret}
        places = {"auth_uri": f"{self.url}/auth", "token_uri": f"{self.url}/token"}
        return {"installed": {**client, **places, "redirect_uris": ["http://localhost"]}}

    def fail(self, method: str, **how: Any) -> Fault:
        """Plant a fault; it is given back to see how often it was met."""
        self.faults.append(Fault(method, **how))
        return self.faults[-1]

    def answer(self, verb: str, path: str, query: dict[str, list[str]], body: Any, bearer: str) -> tuple[Method, Any]:
        """What a call gives. Raises Problem."""
        method, named = self._routed(verb, path)
        self._permitted(method, bearer)
        odd = set(query) - set(method.parameters) - GLOBAL
        if odd:
            raise Problem(400, "badRequest", f"unknown parameters {odd}")
        given = {name: _typed(method.parameters.get(name, {}), values) for name, values in query.items()}
        given |= {**named, "body": body, "metadata_only": "gmail.metadata" in self.oauth.scopes(bearer)}
        owner = self.mail if method.id.startswith("gmail.") else self.calendars
        work = getattr(owner, method.id.split(".", 1)[1].replace(".", "_").removeprefix("users_").lower(), None)
        if work is None:
            raise Problem(501, "notImplemented", f"the fake has no {method.id}")
        with self.lock:
            told = work(given)
        _check(told, method)
        return method, told

    def _routed(self, verb: str, path: str) -> tuple[Method, dict[str, str]]:
        for method in methods():
            found = method.path.fullmatch(path)
            if found and method.verb == verb:
                return method, {name: unquote(value) for name, value in found.groupdict().items() if name != "userId"}
        raise Problem(404, "notFound", f"no method {verb} {path}")

    def _permitted(self, method: Method, bearer: str) -> None:
        scopes = self.oauth.scopes(bearer)
        if not scopes & method.scopes:
            raise Problem(403, "insufficientPermissions", "Request had insufficient authentication scopes.")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.mistakes: list[BaseException | None] = []

    def handle_error(self, *_: Any) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):
            self.mistakes.append(error)


class _Handler(BaseHTTPRequestHandler):
    google: Google
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do(self.headers.get("x-http-method-override", "POST"))

    def do_PUT(self) -> None:
        self._do("PUT")

    def do_DELETE(self) -> None:
        self._do("DELETE")

    def log_message(self, *_: Any) -> None:
        """Silence."""

    def _do(self, verb: str) -> None:
        parts = urlsplit(self.path)
        self.google.longest_line = max(self.google.longest_line, len(self.path))
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            if parts.path in ("/token", "/auth"):
                self._oauth(parts.path, parts.query, content)
            else:
                self._api(verb, parts.path, parse_qs(parts.query), json.loads(content) if content else None)
        except Problem as problem:
            self._send(problem.status, body_of(problem))

    def _oauth(self, path: str, query: str, content: bytes) -> None:
        desk = self.google.oauth
        self.google.calls[path] += 1
        if path == "/auth":
            self._send(302, {}, {"Location": desk.consent(parse_qs(query))})
        else:
            status, told = desk.exchange(parse_qs(content.decode()))
            self._send(status, told)

    def _api(self, verb: str, path: str, query: dict[str, list[str]], body: Any) -> None:
        method, _ = self.google._routed(verb, path)
        self.google.calls[method.id] += 1
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        struck = next((fault for fault in self.google.faults if fault.strikes(method.id, self.path)), None)
        if struck is not None and struck.how != "lost":
            self._struck(struck)
            return
        _, told = self.google.answer(verb, path, query, body, bearer)
        if struck is not None:
            self.close_connection = True
            return
        self._send(204 if told is None else 200, told)

    def _struck(self, fault: Fault) -> None:
        if fault.how == "answer":
            problem = Problem(fault.status, fault.reason, f"planted: {fault.reason}")
            self._send(fault.status, body_of(problem), fault.headers)
        elif fault.how == "garbage":
            self._raw(b"<html>so sorry</html>", {})
        elif fault.how == "redirect":
            self._send(302, {}, {"Location": "http://169.254.169.254/"})
        elif fault.how == "bomb":
            self._raw(gzip.compress(bytes(8_000_000), 1), {"Content-Encoding": "gzip"})
        else:
            self._raw(b'{"id": "half', {"Content-Length": "5000"}, how=fault.how)

    def _raw(self, content: bytes, headers: dict[str, str], how: str = "") -> None:
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
        if how == "silence":
            self.google.oauth.patience.wait(PATIENCE)
        while how == "drip" and not self.google.oauth.patience.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()
        self.close_connection = True

    def _send(self, status: int, told: Any, headers: dict[str, str] | None = None) -> None:
        content = b"" if told is None else json.dumps(told).encode()
        named = dict(headers or {})
        if "gzip" in self.headers.get("accept-encoding", "") and len(content) > 500:
            content, named["Content-Encoding"] = gzip.compress(content, 1), "gzip"
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=UTF-8", **named}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@cache
def documents() -> dict[str, Any]:
    """The discovery documents by their API's name."""
    return {name: json.loads(get_static_doc(name, version)) for name, version in (("gmail", "v1"), ("calendar", "v3"))}


@cache
def methods() -> tuple[Method, ...]:
    """Every method of both APIs; paths without variables first."""
    found = [method for document in documents().values() for method in _methods(document, document)]
    return tuple(sorted(found, key=lambda method: method.path.pattern.count("?P")))


def _methods(node: dict[str, Any], document: dict[str, Any]) -> Iterator[Method]:
    for told in node.get("methods", {}).values():
        path = "/" + document["servicePath"] + told["path"]
        pattern = re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/]+)", path)
        scopes = frozenset(scope.removeprefix("https://www.googleapis.com/auth/") for scope in told.get("scopes", ()))
        answer = told.get("response", {}).get("$ref", "")
        yield Method(told["id"], told["httpMethod"], re.compile(pattern), told.get("parameters", {}), scopes, answer)
    for inner in node.get("resources", {}).values():
        yield from _methods(inner, document)


def _typed(parameter: dict[str, Any], values: list[str]) -> Any:
    """A value as its type in the document says; a list where it may be repeated."""
    if parameter.get("repeated"):
        return values
    kinds: dict[str, Any] = {"integer": int, "boolean": lambda text: text == "true"}
    return kinds.get(parameter.get("type", ""), str)(values[0])


def _check(told: Any, method: Method) -> None:
    """The fake says nothing that the real service could not say."""
    if told is not None and method.answer:
        _check_against(told, method.answer, documents()[method.id.split(".", 1)[0]]["schemas"])


def _check_against(told: Any, name: str, schemas: dict[str, Any]) -> None:
    properties = schemas[name]["properties"]
    for key, value in told.items():
        assert key in properties, f"{name} has no {key}"
        inner = properties[key].get("$ref") or properties[key].get("items", {}).get("$ref")
        for item in value if isinstance(value, list) else [value]:
            if inner:
                _check_against(item, inner, schemas)


@contextmanager
def running() -> Iterator[Google]:
    """A Google of one's own."""
    google = Google()
    try:
        yield google
    finally:
        google.oauth.patience.set()
        google.close()
    assert google.mistakes == [], "the fake itself is at fault"
