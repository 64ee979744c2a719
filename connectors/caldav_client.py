"""One calendar server, by way of the caldav library: bounded answers, plain words for what goes wrong.

Everything untyped or surprising about the library stays in here. It is an extra: `weaktie[caldav]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors.errors import AuthFailed, ConnectorError, CursorLost, NotFound, Unavailable, Unsupported
from connectors.net import clean, is_loopback

MAX_BODY_BYTES = 32_000_000
_LISTED = "listed-"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar on the server. `path` is unquoted and ends with a slash; `handle` belongs to the library."""

    name: str
    path: str
    handle: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of objects (the end of their path) that changed, or were deleted, since a token.

    `full`: the calendar was listed from the start, and `changed` is all there is. `whole` is False where the server
    cut its list short. `content`: what came along with the list already.
    """

    token: str
    changed: tuple[str, ...]
    deleted: tuple[str, ...] = ()
    full: bool = False
    whole: bool = True
    content: tuple[tuple[str, bytes], ...] = ()


class Client:
    """A signed-in session. Raises ConnectorError from every method."""

    def __init__(
        self, url: str, username: str, password: Callable[[], str], *, timeout: float, ca_file: str | Path | None
    ) -> None:
        self.place = checked_place(url)
        self._timeout = timeout
        self._library = _library()
        with self._explained():
            self._client = self._library.DAVClient(
                url=url,
                username=username,
                password=password(),
                timeout=timeout,
                ssl_verify_cert=str(ca_file) if ca_file else True,
                enable_rfc6764=False,
            )
        self._client.session.max_redirects = 3
        self._client.session.hooks["response"].append(self._bound)
        if urlsplit(url).scheme == "https":
            self._client.session.mount("http://", _refusing_adapter())

    def close(self) -> None:
        """End the session."""
        self._client.close()

    def calendars(self) -> list[Calendar]:
        """Every calendar that can hold events, by name; of two with one name the second shows its path."""
        with self._explained():
            handles = [one for one in self._client.get_calendars() if "VEVENT" in one.get_supported_components()]
            named = [(clean(one.get_display_name() or "", 100), unquote(one.url.path), one) for one in handles]
        found: dict[str, Calendar] = {}
        for name, path, handle in sorted(named, key=lambda entry: entry[1]):
            shown = name or path.rstrip("/").rpartition("/")[2]
            shown = f"{shown} ({path})" if shown in found else shown
            found[shown] = Calendar(shown, path.rstrip("/") + "/", handle)
        return list(found.values())

    def changes(self, calendar: Calendar, token: str) -> Changes:
        """What changed since `token` (RFC 6578), or all there is for an empty one.

        Servers without sync tokens are listed each time and get a token made from the list. Raises CursorLost when
        the server does not know the token any more.
        """
        if token.startswith(_LISTED):
            return self._listed(calendar, token)
        with self._explained():
            try:
                found = calendar.handle.get_objects_by_sync_token(token or None, disable_fallback=True)
            except self._library.error.DAVError as error:
                if error.status == 401:
                    raise
                if token:
                    raise CursorLost(f"{self.place} no longer knows where we stopped in {calendar.name}.") from error
                return self._listed(calendar, "")
        deleted = {_tail(calendar, url) for url in found.deleted_urls}
        changed = tuple(name for name in (_tail(calendar, one.url) for one in found) if name not in deleted)
        whole = not found.truncated
        return Changes(str(found.sync_token or ""), changed, tuple(sorted(deleted)), full=not token, whole=whole)

    def _listed(self, calendar: Calendar, token: str) -> Changes:
        with self._explained():
            found = [(_tail(calendar, one.url), one.raw_data) for one in calendar.handle.get_events()]
        content = tuple(sorted((name, data) for name, data in found if data))
        seen = sha256()
        for name, data in content:
            seen.update(f"{name}\n{len(data)}\n".encode() + data)
        now = _LISTED + seen.hexdigest()
        if now == token:
            return Changes(now, ())
        return Changes(now, tuple(name for name, _ in content), full=True, content=content)

    def content(self, calendar: Calendar, names: Sequence[str]) -> Iterator[tuple[str, bytes | str]]:
        """(name, iCalendar text) for each object that is still there; (name, reason in words) for one that breaks.

        An object that the library stumbles over is found by halving, so that it alone is lost.
        """
        if not names:
            return
        try:
            found = self._several(calendar, names)
        except _Stumbled as error:
            if len(names) == 1:
                yield names[0], f"cannot be fetched: {error}"
                return
            middle = len(names) // 2
            yield from self.content(calendar, names[:middle])
            yield from self.content(calendar, names[middle:])
        else:
            yield from found

    def _several(self, calendar: Calendar, names: Sequence[str]) -> list[tuple[str, bytes | str]]:
        urls = [calendar.handle.url.join(_quoted(calendar.path + name)) for name in names]
        with self._explained(stumbling=True):
            objects = calendar.handle.multiget(urls)
            return [(_tail(calendar, one.url), one.raw_data or b"") for one in objects]

    def _bound(self, response: Any, **_: Any) -> Any:
        """A hook: the body of every answer is read within bounds of size and time."""
        from connectors.web import BoundedBody

        response.raw = BoundedBody(response.raw, self.place, largest=MAX_BODY_BYTES, seconds=self._timeout)
        return response

    @contextmanager
    def _explained(self, *, stumbling: bool = False) -> Iterator[None]:
        """Turn the library's errors, and those of the libraries below it, into ours."""
        from requests.exceptions import RequestException

        try:
            yield
        except (ConnectorError, _Stumbled):
            raise
        except RequestException as error:
            raise self._away(error) from error
        except self._library.error.DAVError as error:
            raise self._told(error) from error
        except Exception as error:  # the library lets through whatever an answer breaks
            detail = f"{type(error).__name__}: {clean(str(error), 120)}"
            if stumbling:
                raise _Stumbled(detail) from error
            raise Unavailable(f"{self.place} answered what is no CalDAV ({detail}).", hint=_HINT) from error

    def _away(self, error: Exception) -> ConnectorError:
        from requests.exceptions import SSLError, Timeout

        if isinstance(error, SSLError):
            hint = "If the server has a certificate authority of its own, name its file in ca_file. Checks stay on."
            return Unavailable(f"The certificate of {self.place} is not trusted.", hint=hint)
        if isinstance(error, Timeout):
            return Unavailable(f"{self.place} gave no complete answer within {self._timeout:g} seconds.", hint=_LATER)
        return Unavailable(f"{self.place} cannot be reached ({type(error).__name__}).", hint=_LATER)

    def _told(self, error: Any) -> ConnectorError:
        errors = self._library.error
        if isinstance(error, errors.AuthorizationError):
            hint = "Check username and password; some services want an app password."
            return AuthFailed(f"{self.place} refused the sign-in ({error.status}).", hint=hint)
        if isinstance(error, errors.NotFoundError) or error.status == 404:
            return NotFound(f"{self.place} has no calendars at this address.", hint=_HINT)
        reason = clean(str(error.reason or "").split("\n", 1)[0], 120)
        return Unavailable(f"{self.place} answered {error.status or 'an error'}: {reason}.", hint=_LATER)


_HINT = "Use the server's CalDAV address, for instance https://cloud.example.com/remote.php/dav/."
_LATER = "It is tried again later."


class _Stumbled(Exception):
    """The library could not make sense of the answer."""


def checked_place(url: str) -> str:
    """`host:port` of the server, for messages. Raises Unsupported where a password would go in the clear."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise Unsupported(f"{clean(url, 80)!r} is no address of a calendar server.", hint=_HINT)
    if parts.scheme == "http" and not is_loopback(host):
        raise Unsupported(f"http:// to {host} would send the password in the clear.", hint="Use https://.")
    if parts.username or parts.password:
        raise Unsupported(f"The address of {host} holds a password.", hint="Use username and password settings.")
    return f"{host}:{port}" if port else host


def _library() -> ModuleType:
    try:
        import caldav
        import caldav.lib.error
    except ImportError as error:
        hint = "Install it with: pip install 'weaktie[caldav]'"
        raise Unsupported(f"Calendar servers need an extra that is not installed ({error.name}).", hint=hint) from error
    return caldav


def _refusing_adapter() -> Any:
    """An HTTP adapter that refuses: from https nothing leads back to plain text."""
    from requests.adapters import BaseAdapter
    from requests.exceptions import InvalidSchema

    class Refusing(BaseAdapter):
        def send(self, *_: Any, **__: Any) -> Any:
            raise InvalidSchema("the server sends us from https to http")

        def close(self) -> None:
            """Nothing was opened."""

    return Refusing()


def _tail(calendar: Calendar, url: Any) -> str:
    """An object's name within its calendar; the whole path where it lies elsewhere."""
    return unquote(str(urlsplit(str(url)).path)).removeprefix(calendar.path)


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/:@")
