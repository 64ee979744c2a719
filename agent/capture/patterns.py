"""Words and field names the rules of `classify` look for, by what they tell.

Sources: RFC 3464 and 6522 (reports), RFC 3834 (automatic responses), RFC 2369 and 2919 (lists), the bounce texts of
mail transfer agents and the fields mass mailers document. Subjects are matched folded to lower case.
"""

from __future__ import annotations

import re

# A connector has to keep the fields named here and in the rules in `MailRecord.automation`.
AUTO_REPLY_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
    "x-away",
)
BOUNCE_FIELDS = (
    "x-failed-recipients",
    "x-mailer-daemon-recipients",
    "x-mailer-daemon-error",
    "x-ms-embedded-report",
    "x-ms-exchange-message-is-ndr",
)
# Groups of people carry one of these; newsletters do not.
GROUP_FIELDS = (
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
    "x-mailman-version",
    "x-original-from",
    "x-original-sender",
    "x-google-group-id",
)
# Programs sign their notices with fields of their own; by beginning of the name.
TRACKER_FIELDS = re.compile(
    r"^x-(?:bugzilla|github|gitlab|gerrit|jira|jenkins|redmine|trac|rt|launchpad|discourse|phabricator|sentry"
    r"|nagios"
    r"|zabbix|cron|pagerduty|hudson|buildbot|travis|circleci|bitbucket|atlassian|zendesk|freshdesk|servicenow"
    r"|otrs"
    r"|request-tracker|mantis|youtrack|trello|asana|basecamp|notion|slack|meetup|eventbrite|docusign)(?:-|$)"
    r"|^(?:rt-ticket"
    r"|managed-by|rt-originator)"
)
# Senders of mass mail sign with these; relays that also carry single mails do so too, hence weak.
RELAY_FIELDS = re.compile(
    r"^(?:x-)?feedback-id$|^x-(?:mandrill|campaign|mailgun|ses-outgoing|sg-eid|sg-id|msfbl|mc-user"
    r"|pm-message-id|postmark"
    r"|mailjet|mj-|marketo|netsuite|job$|sfmc|sfdc-|elq|hubspot|hs-|klaviyo|sendinblue|sib-|csa-complaints"
    r"|report-abuse"
    r"|virtual-mta|binding|rpcampaign|cid$|accounttype|mailer-?info|mailid|newsletter|bulkmail|list-host"
    r"|url-tracking"
    r"|entity-ref-id|complaints-to|roving-|constantcontact|maropost|mkt|jobid|delivery-id|emarsys|ibm-xt)"
    r"|^require-recipient"
    r"|^list-unsubscribe-post$|^x-php-(?:originating-)?script"
)
MASS_MAILERS = re.compile(
    r"mailchimp|mailer ?lite|mail ?king|listmanager|lyris|accucast|strongmail|e-?messenger|sendblaster|aweber"
    r"|getresponse"
    r"|constant ?contact|campaign|newsletter|group ?mail|world ?cast|bulk|e-?marketing|salesforce|marketo"
    r"|eloqua|hubspot"
    r"|sendinblue|cleverreach|mailing|mailpoet|phplist|sendy|interspire|acymailing|unity ?mail|lsmtp|massmail"
    r"|dynamailer"
    r"|responsys|silverpop|exact ?target|list ?server|listserv|ezmlm|mojomail|dada ?mail|rapidmail|klaviyo"
    r"|braze|mailjet"
)
PROGRAM_MAILERS = re.compile(
    r"^(?:phpmailer|swiftmailer|nodemailer|php[/ ]|perl|mime[:-]|mail::|mime-lite|python|java|jmail|aspmail"
    r"|cdonts|ruby"
    r"|actionmailer|smtp::|sendemail|blat|msmtp-cron|cron|bugzilla|jira|jenkins|gitlab|redmine|trac|mantis"
    r"|wordpress"
    r"|drupal|joomla|vbulletin|phpbb|discourse|zoho crm|zendesk|otrs|request tracker|freshdesk|oracle|sap "
    r"|peoplesoft"
    r"|servicenow|powermta|ms crm|microsoft cdo|aspqmail|libwww|curl|nagios|zuckmail)"
)

# Return addresses: those that forwarders (SRS) and some systems of people (BATV) make, and those of mailings.
SINGLE_PATH = re.compile(r"^(?:(?:bounces\+)?srs[01]?[=+-]|prvs=|btv1==|.+\+caf_=)")
MAILING_PATH = re.compile(r"(?:^|[._+=-])(?:bounces?|returns?|verp|errors?|dev-?null|nobody|no-?reply)(?:$|[._+=-])")
MAILING_HOST = re.compile(r"^(?:bounces?|returns?|email-?bounces?|em\d+|mailer\d+)\.")

# Local parts of mail systems.
DAEMON = re.compile(
    r"^(?:mailer|mail|maildelivery|mail-delivery|double-bounce)-?daemon|^mailer[._-]?d(?:ae)?mon|^mail-?delivery"
)
POST = re.compile(
    r"^(?:poo?st[._-]?master|mailer|mdaemon|abuse|bounces?)\b|admin|system|service|mailsweeper|scan|virus|gateway"
)
POSTMASTER = re.compile(r"^post[._-]?master$")
GOOGLE_CALENDAR = re.compile(r"^calendar-(?:notification|server)@google\.com$|@calendar-server\.bounces\.google\.com$")

# What subjects of answers begin with; none of the subjects below does.
ANSWER = re.compile(r"(?:re|aw|sv|fwd?|wg)\s?:")
BOUNCE_SUBJECT = re.compile(
    r"""^(?:
      (?:message\s)?undeliver(?:able|ed)\b | undelivered\smail\sreturned | delivery\sstatus$
    | mail\sdelivery\swarning | (?:mail\s
        |message\s)?delivery\s(?:status\snotification
        |failure|failed|error|problem|report|notification|has\sfailed|incomplete|unsuccessful|delayed?)
    | mail\s(?:delivery\s(?:fail|error|problem|system|report)|could\snot\sbe|error|failure|failed
        |system\serror|returned|rejected
        |not\sdelivered|undeliverable|status\sreport)
    | (?:returned|rejected|bounced)\s(?:e?-?mail|message) | returned\sto\ssender
    | (?:delivery\s)?failure\snotice | nondeliverable
    | non-?delivery | (?:your\s)?(?:e?-?mail|message)\s(?:was\snot\sdelivered|could\snot\sbe
        |delivery\s(?:has\s)?fail|not\sdelivered
        |delayed|undeliverable|rejected|you\ssent)
    | warning:\s(?:could\snot\ssend|message\s.*delayed|mail\s.*delayed) | could\snot\s(?:deliver|send)\s
    | unable\sto\sdeliver
    | failed\s(?:mail|delivery) | error\ssending | (?:user|recipient|address)\s(?:unknown|not\sfound)
    | unknown\s(?:user|address)
    | unzustellbar | nicht\szustellbar | (?:mail|nachricht)\s.*unzustellbar | r[üu]ckl[äa]ufer
    | zustellung\s.*fehlgeschlagen
    | non\srem(?:is|ettable) | non[\s-]distribu | [ée]chec\s.*(?:remise|distribution|livraison)
    | notification\sd.[ée]tat
    | no\sse\s(?:puede|pudo)\sentregar | entrega\s.*(?:fallida|fallo) | devolu(?:ci[óo]n|to)
    | error\sde\sentrega
    | non\srecapitabile | mancato\srecapito | impossibile\srecapitare | onbestelbaar | niet\sbezorg(?:d|baar)
    | n[ãa]o\s(?:foi\s)?(?:entreg|poss[íi]vel\sentregar) | falha\s(?:na|de)\sentrega | nedoru[čc]iteln
    | kan\sikke\sleveres | olevererbar | kunde\sinte\slevereras | k[ée]zbes[íi]thetetlen | niedostarcz
    | nie\smo[żz]na\sdostarczy
    | доставка\s.*(?:не|невозможна) | недоставлен | 配信不能 | 配信できません | 送信できません | エラーメール
    | 退信 | 投递失败 | 無法傳遞 | 系统退信
    | 전송\s?실패 | 반송
    )""",
    re.VERBOSE,
)
# Nobody but a mail system begins a mail of its own with these.
BOUNCE_CERTAIN = re.compile(
    r"""^(?:
      undeliver(?:able|ed):\s | undelivered\smail\sreturned | mail\sdelivery\s(?:failed|failure)\b
    | delivery\sstatus\snotification\b | delivery\snotification:\s | failure\snotice$ | non-?delivery\b
    | returned\smail\b | mail\scould\snot\sbe\sdelivered | mail\ssystem\serror\s-\sreturned
    | (?:your\s)?message\s(?:could\snot\sbe|was\snot)\sdelivered | warning:\scould\snot\ssend\smessage
    | unzustellbar:\s | non\sremis\s?:\s | no\sse\spuede\sentregar:\s | complaint\sabout\smessage\sfrom\s
    )""",
    re.VERBOSE,
)
BOUNCE_NAME = re.compile(
    r"mail(?:er)?[\s-]*(?:delivery|daemon)|mail\s(?:administrator|system)|delivery\s(?:sub)?system"
    r"|post\s?master"
    r"|internet mail (?:delivery|service)|mailer-daemon",
    re.IGNORECASE,
)

# Written by programs word for word before the subject of the mail they answer; nobody types them.
AUTO_REPLY_PREFIX = re.compile(
    r"""^(?:
      automatic\sreply | auto(?:matic)?[\s-]?(?:reply|response|responder|answer)(?:\s(?:from|to|re)\b)?
    | out\sof\soffice\sautoreply
    | out-of-office\sreply | autoreply | autoresponse | \[?auto-?reply\]? | automatische\s(?:antwort
        |r[üu]ckantwort) | abwesenheitsnotiz
    | automatisch(?:es)?\s(?:antwoord|beantwoord) | r[ée]ponse\sautomatique | respuesta\sautom[áa]tica
    | risposta\sautomatica
    | resposta\sautom[áa]tica | automatiskt?\ssvar | autosvar | automaattinen\svastaus
    | automatyczna\sodpowied[źz]
    | odpowied[źz]\sautomatyczna | automatick[áa]\sodpov[ěe][ďd] | automatikus\sv[áa]lasz | r[ăa]spuns\sautomat
    | автоматический\sответ | автоответ | автовідповідь | αυτόματη\sαπάντηση | otomatik\syan[ıi]t
    | רد\sאוטומטי | מענה\s(?:אוטומטי|'אני\sלא\sנמצא') | رد\sتلقائي | trả\slời\stự\sđộng | automatski\sodgovor
    | samodejni\sodgovor | automaatvastus | automātiskā\satbilde | automatinis\satsakymas
    | автоматичен\sотговор | resposta\sautomàtica
    | 自動応答
    | 自动回复 | 自動回覆 | 자동\s?(?:회신|응답)
    )\s*(?:[:：\])]|$|\bre\b|\bfrom\b|\bto\b)""",
    re.VERBOSE,
)
# Notes writes the name of the absent one before it.
ABSENCE_OF_SENDER = re.compile(
    r"^(.{3,80}?)\s(?:is out of the office|ist au(?:ß|ss)er haus|est absente?|no est[áa] en la oficina"
    r"|è fuori ufficio)\b"
)
# What people in an office also write themselves: only together with other evidence.
ABSENCE = re.compile(
    r"""
      out\sof\s(?:the\s)?office | \booo\b | on\s(?:vacation|holiday|annual\sleave|leave)
    | away\sfrom\s(?:the\soffice|my\s(?:mail|desk)) | vacation\s(?:reply|message|notice|response)
    | \bi\s?a?.?m\s(?:away|out) | \baway\b | abwesen | nicht\sim\sb[üu]ro | au(?:ß|ss)er\shaus | im\surlaub
    | absent | absence
    | hors\sdu\sbureau | en\scong[ée] | fuera\sde\s(?:la\s)?oficina | ausente | ausencia | fuori\s(?:ufficio
        |sede)
    | assente | assenza | fora\sdo\sescrit[óo]rio | aus[êe]ncia | afwezig | niet\saanwezig | fr[åa]nvarande
    | fravær
    | poza\sbiurem | nieobecn | mimo\skancel | poissa | ei\spaikalla | отсутств | 不在 | 外出中 | 休假
    """,
    re.VERBOSE,
)
RECEIPT_OF_MAIL = re.compile(
    r"""
      \bauto(?:matic|matisch|-?generated)? | received\syour | thank\syou\sfor\s(?:your|contacting|writing)
    | acknowledg
    | we\s(?:have\s)?received | \bticket\b | \bcase\s\#?\d | \byour\s(?:e?-?mail|message|request|enquiry
        |inquiry)
    | (?:ihre|deine)\s(?:anfrage|nachricht|e?-?mail) | eingangsbest[äa]tigung | accus[ée]\sde\sr[ée]ception
    | votre\s(?:demande|message)
    """,
    re.VERBOSE,
)

# What one writes to be taken off a mailing, by oneself or by a link (RFC 2369 §3.2), in place of anything to read.
LEAVING = re.compile(
    r"""(?:(?:re|aw|sv|antw|fwd?|wg)\s?:\s*)*(?:please\s|bitte\s)?(?:
      un-?subscribe(?:\s\S+){0,2} | signoff(?:\s\S+)? | opt[\s-]?out
    | (?:please\s)?remove(?:\sme(?:\sfrom\s.{1,60})?)?
    | take\sme\soff.{0,60} | (?:newsletter\s)?(?:abmelden|abbestellen|austragen|abmeldung|abbestellung)
    | (?:me\s)?d[ée]sabonner | d[ée]sabonnement | d[ée]sinscri(?:re|ption) | (?:darme\sde\s|dar\sde\s)?baja
    | cancelar\s(?:la\s)?suscripci[óo]n | cancelar\s(?:a\s)?(?:inscri|assina)\S+
    | disiscri(?:vi|vimi|zione) | cancellami | descadastrar
    | uitschrijven | afmelden | avregistrera | avanm[äa]l\S* | afmeld | frameld | meld\smeg\sav
    | wypisz(?:\smnie)? | rezygnuj[ęe] | odhl[áa]sit
    | отписаться | отпишите(?:\sменя)? | 退订 | 取消订阅 | 登録解除 | 配信停止
    )[\s.!]*""",
    re.VERBOSE,
)

# Outlook and Google write the answer to an invitation so.
CALENDAR_ANSWER = re.compile(
    r"""^(?:
      accepted | declined | tentative(?:ly\saccepted)? | cancell?ed(?:\sevent)? | updated\sinvitation
    | new\stime\sproposed
    | zugesagt | abgesagt | abgelehnt | akzeptiert | angenommen | mit\svorbehalt(?:\szugesagt)? | vorl[äa]ufig
    | aktualisierte\seinladung
    | accept[ée]e? | refus[ée]e? | provisoire | annul[ée]e? | invitation\smodifi[ée]e | aceptad[oa]
    | rechazad[oa] | cancelad[oa]
    | provisional | accettat[oa] | rifiutat[oa] | annullat[oa] | aceit[oea] | recusad[oa] | geaccepteerd
    | geweigerd | geannuleerd
    | voorlopig | accepterat | avvisad | inst[äa]lld | accepteret | afvist | aflyst | zaakceptowan[oey]
    | odrzucon[oey] | anulowan[oey]
    | принято | отклонено | отменено | 承諾 | 辞退 | 已接受 | 已拒绝
    )\s?[:：]\s""",
    re.VERBOSE,
)
CALENDAR_INVITATION = re.compile(
    r"^(?:invitation|einladung|invitación|invito|convite|uitnodiging|inbjudan|zaproszenie"
    r"|приглашение)[:\s].*\s@\s.*\d"
)

SOCIAL_HOSTS = re.compile(
    r"(?:^|\.)(?:facebookmail\.com|facebook\.com|linkedin\.com|twitter\.com|x\.com|instagram\.com|xing\.com"
    r"|redditmail\.com"
    r"|pinterest\.com|tumblr\.com|quora\.com|meetup\.com|nextdoor\.com|tiktok\.com|snapchat\.com|vk\.com"
    r"|viadeo\.com|plaxo\.com"
    r"|classmates\.com|myspace\.com|friendster\.com|orkut\.com|hi5\.com|bebo\.com|plus\.google\.com|badoo\.com"
    r"|flickr\.com"
    r"|kununu\.com|researchgate\.net|researchgatemail\.net|academia\.edu|academia-mail\.com|bsky\.app"
    r"|threads\.net|odnoklassniki\.ru)$"
)
SOCIAL_LOCAL = re.compile(
    r"^(?:.*(?:no-?reply|notif|invitations?|inmail|hit-?reply|messaging|messages|digest|updates?|reminders?"
    r"|jobs|news|alerts?)\b.*"
    r"|(?:friend|group|page|close_friend)\w*|notify|info|postmaster|security|confirm|members?|mailer|mailrobot"
    r"|hello|support|member"
    r"|[sm]-\S{10,})$"
)
# People's own firm shares the host with the robots: only a robot's name tells there.
STAFFED_HOSTS = (
    "linkedin.com",
    "facebook.com",
    "twitter.com",
    "x.com",
    "xing.com",
    "pinterest.com",
    "tiktok.com",
    "vk.com",
)

ROBOT_NAME = re.compile(
    r"""(?:^|\W)(?:no[\s.-]?reply|do\snot\sreply|nicht\santworten|ne\spas\sr[ée]pondre|mailer[\s-]daemon
        |cron\sdaemon|test\srobot)(?:$|\W)
      | \[bot\] | \brobot$ | \bauto-?mailer\b | \bauto-?generated\b | ^automated\b | \bautomatic\snotification
    | \bnotification(?:s|\ssystem|\sservice)?$
      | \((?:code\sreview|gerrit|jira|confluence|github|gitlab|jenkins|bugzilla|redmine)\)$
      | ^notifications?\b | \bdmarc\b | \bjob\salert | \balerts?$ | (?-i:\b(?:[a-z]+-)?bot$|[a-z]Bot$)""",
    re.VERBOSE | re.IGNORECASE,
)
BULK_NAME = re.compile(
    r"\b(?:e?-?newsletter|news\s?letter|rundbrief|infolettre|bulletin|special\soffers?|announcements?)\b"
    r"|\w\s+e?-?news$|\b(?:daily|weekly)\sdigest\b",
    re.IGNORECASE,
)
VIA_NAME = re.compile(r"\S\W+\(?(?:via|über)\s+\S", re.IGNORECASE)
