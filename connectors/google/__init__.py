"""Google's services by their own APIs; needs the extra: weaktie[google]. Nothing of Google's is imported until used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.errors import Unsupported

if TYPE_CHECKING:
    from connectors.google.access import Access
    from connectors.google.client import Client


def open_client(api: str, access: Access) -> Client:
    """A client of "gmail" or "calendar"; nothing is contacted yet. Raises Unsupported where the extra is missing."""
    try:
        from connectors.google.client import Client
    except ImportError as error:
        hint = "Install it with: pip install 'weaktie[google]'"
        raise Unsupported(
            f"Google's services need an extra that is not installed ({error.name}).", hint=hint
        ) from error
    return Client(api, access)
