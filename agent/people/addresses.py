"""What the local part of an address tells: a machine that writes, a shared desk, a list, or nothing.

The words are those that mail administrators of many languages give to such mailboxes. RFC 2142 names the roles and
RFC 5230 and 3834 the robots; the rest is common usage. Nothing here judges a person alone: a desk can be manned and
a robot's name can be a surname, so every answer is one piece of evidence with its words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agent.people.hosts import is_free_mail

_GAP = r"[._+ -]?"

# Nobody can answer these: the name itself asks not to.
_UNANSWERABLE = re.compile(
    rf"""
      noreply | donotreply | ^nobody$ | unattended | (?:un|not)monitored
    | (?:^|[^a-z])(?:
        (?:no|not|non|do{_GAP}not|dont|cannot|never){_GAP}(?:to{_GAP})?(?:reply|respon[ds]e?|answer|retour)
      | no{_GAP}address | nicht{_GAP}antworten | keine?{_GAP}antwort | bitte{_GAP}nicht
      | ne{_GAP}pas{_GAP}r[eé]pon | pas{_GAP}de{_GAP}r[eé]ponse
      | no{_GAP}respond(?:a|er|as) | no{_GAP}contest(?:e|ar) | n[aã]o{_GAP}respond | sin{_GAP}respuesta
      | non{_GAP}rispond | no{_GAP}rispo(?:nd|st) | niet{_GAP}(?:be)?antwoord | geen{_GAP}antwoord
      | ikke{_GAP}svar | svar{_GAP}ikke | inte{_GAP}svar | svara{_GAP}(?:ej|inte) | ej{_GAP}svar "
    r"| ala{_GAP}vastaa
      | nie{_GAP}odpowia | neodpov | nem{_GAP}v[aá]lasz | ne{_GAP}otve(?:ch|t) | yanitlama
      )
    """,
    re.VERBOSE,
)

# Programs that write by themselves.
_ROBOT = re.compile(
    rf"""
      ^mailer-?daemon | -?daemon$
    | ^(?:root|anacron|listmaster|mailman(?:-owner)?|listserv|majordomo|sympa|listar|ecartis)$
    | ^daemon\b | ^cron\b | ^crond$ | ^(?:www-data|apache|nginx|nagios|zabbix|icinga
        |munin)$
    | (?:^|[._+-])(?:bounces?|returns?|verp|srs0|srs1|msprvs1)(?:[+=-]|$)
    | (?:^|[._+-])(?:e?{_GAP}?notif(?:y|ier|ications?|icaciones|icacoes|iche)?
        |benachrichtigung(?:en)?|notificac\w+)(?:$|[._+-])
    | (?:^|[_+-])(?:alerts?|alarms?|alertas?|warnings?|monitoring|monitor|watchdog)$
    | (?:^|[._+-])auto{_GAP}?(?:reply|response|responder|respond|confirm|notify|mail|mailer|matic|mated"
    r"|generated|send)
    | (?:^|[_+-])(?:robot|bots?)$ | (?:mail|sys|test|ci|build|chat)-?(?:bot|robot)$ | ^(?:bot|robot)[._+-]
    | ^(?:dmarc\S*|tls-?rpt\S*|commits?|checkins?|cvs|svn|git|buildbot|buildd|builds?|circleci|bugzilla|jira"
    r"|gitlab|github|bitbucket|redmine
        |trac|launchpad|phabricator|sentry|patchwork|git-?bot|svn-?commit\w*|cvs-?commit\w*|syzbot\S*|lkp)$
    | ^(?:wordpress|drupal|joomla|moodle|nextcloud|owncloud|grafana|prometheus|sonarqube|codecov|coveralls
        |dependabot|renovate(?:-bot)?|wordfence|fail2ban|logwatch|smartd|unattended-upgrades)$
    | ^(?:versand|bestell|auftrags|buchungs|zahlungs)-?(?:bestaetigung(?:en)?|info|status|update)$
    | (?:^|[_+-])(?:mailer|mailing|mailings|system-?messages?|sysmsg)$
    | (?:^|[_+-])(?:reminders?|digests?|receipts?|e-?receipts?|confirmations?|verify|verification|ship-?confirm
        |order-?(?:update|confirm\w*|status)|auto-?confirm|tracking|rechnungsversand|calendar-notification)$
    | (?:^|[._+-])(?:mailsweeper|mailscanner|antivirus|quarantine|spam-?report)(?:$|[._+-])
    | ^(?:undisclosed|anonymous|listmaster-bot|security-noreply|account-security)$
    | ^(?:unsubscribe|unsub|optout|opt-out|leave|remove-me)(?:$|[._+-])
    | ^reply\+ | ^prvs= | \+caf_=
    """,
    re.VERBOSE,
)

# Senders of newsletters and campaigns.
_BULK = re.compile(
    r"""
      (?:^|[._+-])(?:e?-?news-?letters?|newsletter\w*|boletin|infolettre|rundbrief|nieuwsbrief|nyhetsbrev
        |hirlevel)(?:$|[._+-])
    | (?:^|[._+-])announcements?$
    | (?:^|[_+-])(?:e?-?news|e?-?mailshot|e?-?blast|announce|promos?|promotions?|promociones|offers?
        |specialoffers|deals?|bulletins?|campaigns?|kampagne|publicite|werbung|marketing-?mail|mailinglist|ezine
        |e-?zine|updates?|alerts-news|rssfeeds?|rss2email|feeds?|subscriptions?|subs|nytdirect|surveys?
        |webinars?)$
    """,
    re.VERBOSE,
)

# Desks that several people share (RFC 2142 and usage).
_ROLE = re.compile(
    r"""
    ^(?:[a-z]{2,12}[._-])?(?:
      abuse|accounting|accounts?|admin|administration|administrator|admissions?|advertising|anfragen?
        |backoffice|billing
    | board|booking|bookings|bestellung(?:en)?|buchhaltung|bewerbung(?:en)?|business|careers?|clientservices?
        |compliance
    | contact(?:o|us|me|eer)?|kontakt|contabilidad|comunicacion|communications?|customer-?(?:care|service
        |support)
    | kundenservice|kundendienst|desk|development|editor|editorial|enquir(?:y|ies)|inquir(?:y|ies)|events?|fax
    | feedback|finance|frontdesk|hallo|hello|hola|bonjour|help|helpdesk|service-?desk|hostmaster|hr
        |human-?resources
    | info|information|infos|informacion|investors?|ir|invitations?|it|itsupport|jobs|kundencenter|legal
        |library|mail
    | mailbox|management|manager|marketing|media|members(?:hip)?|news|newsroom|noc|office|buero|oficina
        |operations|ops|orders?|partners?
    | partnerships?|payments?|payroll|personal|poststelle|postmaster|pr|presse?|press|privacy|purchasing
        |reception
    | recepcion|reports?|recruit(?:ing|ment)?|redaktion|registrar|registration|rentals?|reply|reservations?
        |reservierung|returns
    | root|rsvp|sales|ventas|vertrieb|verkauf|vendas|vente|secretar(?:y|iat|ia)|sekretariat|security|service
        |services
    | shop|soporte|staff|store|studio|suporte|support|sysadmin|sys|talent|team|tech|tickets?|trade|training
        |treasurer
    | uucp|usenet|verwaltung|warranty|webmaster|web|welcome|willkommen|workshop|www|zentrale|everyone|postmaster
    )(?:[._-](?:[a-z]{2,12}|\d+))?$
    """,
    re.VERBOSE,
)

# Programs whose names are people's, too: theirs on the host they run on.
_ROBOT_AT_HOME = re.compile(
    r"^(?:jenkins|gerrit|hudson|travis|bamboo|builder|nightly)@"
    r"(?:.*\.)?(?:ci|build|builds|jenkins|review|reviews|gerrit|git|code|dev|test)\d*\."
)

_BULK_HOST = re.compile(
    r"^(?:e?news-?letters?\d*|enews|promos?|promotions?|offers?|deals?|campaigns?|marketing|mailings?|eblasts?"
    r"|emarketing)\."
    r".*\.|newsletter[\w-]*\.[a-z]{2,}$|imakenews\.(?:com|net)$"
)
# Made for one mailing: counters and keys that no person is given.
_MINTED = re.compile(
    r"""
      [._+#=-](?=[0-9a-f]*\d)(?=(?:\d*[a-f]){2}|\d{9})[0-9a-f]{9,}(?:$|[._-]) | (?:[._#-]\d{3,}){2}
    | \d{4,}[._+-]\d{5,}
    | ^\d+\.\d{4,}\. | \.um\.[a-z]\. | [#]\d | ^[a-z]{1,8}[._]\d{8,}
    """,
    re.VERBOSE,
)

# Lists of people.
_LIST_LOCAL = re.compile(
    r"""
      ^(?:majordomo|listserv|listproc|mailman|sympa|ezmlm|lyris|ecartis|listar|mlmmj|smartlist|listmaster)(?:$
        |[._+-])
    | ^owner- | -(?:owner|request|bounces|admin|subscribe|unsubscribe|help|digest)$ | -bounces\+
    | ^dl[._-] | [._-]dl$ | \bdl-[a-z] | [._+-]dl[._-]
    | ^(?:all|everyone|everybody|alle|tous|todos)(?:[._-]|$) | [._-]all$
    | ^(?:list|liste|lista|group|grp|verteiler|distribution)[._-]
    | [_-](?:l|list|liste|lists|group|verteiler|ml|users|devel|dev|discuss|announce|commits|patches|kernel|wg)$
    | ^(?:undisclosed|unlisted|suppressed)[._ -]?recipients?
    """,
    re.VERBOSE,
)
# Beside a host of its own a project's list needs no more than the word.
_LIST_OF_PROJECT = re.compile(
    r"^(?:dev|devel|users?|discuss|commits|general|announce|members|everyone)@[^.]+\.[^.]+\.\w+$"
)
_LIST_HOST = re.compile(
    r"^(?:lists?\d*|listserv|listes|liste|mailman|listman|mailinglists?|ml|groups?|mlist|majordomo|egroups"
    r"|yahoogroups)\."
    r"|^(?:googlegroups|yahoogroups|egroups|topica|freelists|groups)\.(?:com|org|de|fr|io|net)$"
    r"|\.(?:googlegroups|yahoogroups)\.com$|^(?:vger\.kernel\.org|kvack\.org|sourceware\.org|nongnu\.org)$"
)


def _halves(address: str) -> tuple[str, str]:
    local, _, host = address.strip().lower().rpartition("@")
    return (local, host) if local else (host, "")


@lru_cache(maxsize=512)
def machine_words(address: str) -> str:
    """Why an address names a program ("the address asks for no answer"), or the empty string."""
    local, host = _halves(address)
    if _UNANSWERABLE.search(local):
        return "the address asks not to be answered"
    at_home = _ROBOT_AT_HOME.search(f"{local}@{host}")
    return "the address names a program" if at_home or _ROBOT.search(local) else ""


@lru_cache(maxsize=512)
def bulk_words(address: str) -> str:
    """Why an address names a sender of newsletters, or the empty string."""
    local, host = _halves(address)
    if _BULK.search(local) or _BULK_HOST.search(host):
        return "the address names a newsletter or an announcement"
    minted = _MINTED.search(local) and not is_free_mail(host)
    return "the address was made for one mailing" if minted else ""


@lru_cache(maxsize=512)
def list_words(address: str) -> str:
    """Why an address names a mailing list or a distribution list, or the empty string."""
    local, host = _halves(address)
    if _LIST_LOCAL.search(local):
        return "the address is named like a list"
    if _LIST_OF_PROJECT.match(f"{local}@{host}"):
        return "the address is named like a project's list"
    return "the address is on a host of mailing lists" if _LIST_HOST.search(host) else ""


@lru_cache(maxsize=512)
def is_role_address(address: str) -> bool:
    """Whether the address is a desk that several people may share, such as info@ or sales@."""
    return bool(_ROLE.match(_halves(address)[0]))
