"""What a folder is for, judged by its name, in the languages that mail programs speak.

Servers that name the purpose themselves (SPECIAL-USE, RFC 6154) are to be believed first; this is for the rest.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from functools import lru_cache

from connectors.records import Role

NAMES: dict[Role, str] = {
    Role.INBOX: """
        inbox|in box|posteingang|eingang|boite de reception|courrier entrant|bandeja de entrada
        |recibidos|entrada|posta in arrivo|in arrivo|postvak in|caixa de entrada|caixa de correio|inkorg
        |inkorgen|indbakke|innboks|saapuneet|odebrane|skrzynka odbiorcza|dorucena posta|dorucene
        |beerkezett uzenetek|beerkezo levelek|mesaje primite|входящие|вхідні|gelen kutusu|εισερχομενα
        |受信トレイ|受信箱|收件箱|收件匣|받은편지함|받은 편지함|notes inbox""",
    Role.SENT: """
        sent|sent mail|sent items|sent messages|sent message|sent email|sent emails|mail sent
        |messages sent|sent objects|gesendet|gesendete|gesendete objekte|gesendete elemente
        |gesendete nachrichten|gesendete mails|gesendete e mails|envoye|envoyes|elements envoyes
        |messages envoyes|courrier envoye|courriers envoyes|mails envoyes|enviado|enviados
        |elementos enviados|correo enviado|correos enviados|mensajes enviados|inviata|inviati
        |posta inviata|elementi inviati|messaggi inviati|mail inviate|enviadas|itens enviados
        |e mails enviados|emails enviados|mensagens enviadas|correio enviado|verzonden|verzonden items
        |verzonden berichten|verzonden objecten|verzonden e mail|verzonden mail|skickat|skickade
        |skickade objekt|skickade meddelanden|skickad e post|sendt|sendte|sendt post|sendte elementer
        |sendte meldinger|sendte mails|sendt e post|lahetetyt|lahetetyt kohteet|lahetetyt viestit
        |wyslane|elementy wyslane|wyslana poczta|odeslane|odeslana posta|odoslane|odoslana posta
        |elkuldott|elkuldott elemek|elkuldott uzenetek|trimise|mesaje trimise|elemente trimise|poslano
        |poslane stavke|отправленные|отправлено|отправленные элементы|надіслані|відправлені
        |gonderilmis ogeler|gonderilenler|gonderilmis|gonderilmis postalar|απεσταλμενα|σταλμενα|נשלח
        |פריטים שנשלחו|البريد المرسل|العناصر المرسلة|المرسل|送信済み|送信済|送信済みメール
        |送信済みアイテム|送信済みトレイ|送信箱|送信メール|已发送|已发送邮件|已发邮件|已发送的邮件
        |已傳送|已寄出|已傳送郵件|已寄出郵件|寄件備份|寄件备份|보낸편지함|보낸 편지함|보낸메일함
        |보낸 메일함""",
    Role.DRAFTS: """
        draft|drafts|draft messages|outbox|unsent|unsent messages|templates|entwurf|entwurfe|vorlagen
        |postausgang|brouillon|brouillons|modeles|borrador|borradores|bandeja de salida|bozza|bozze
        |modelli|concepten|sjablonen|rascunho|rascunhos|utkast|kladde|kladder|luonnokset|szkice|robocze
        |wersje robocze|koncepty|rozepsane|piszkozatok|ciorne|nacrti|skice|черновики|чернетки|taslaklar
        |προχειρα|טיוטות|المسودات|下書き|下書|草稿|草稿箱|임시보관함|임시 보관함""",
    Role.JUNK: """
        junk|junk mail|junk e mail|junk email|spam|bulk|bulk mail|bulk e mail|phishing|junkmail
        |spamverdacht|spam verdacht|unerwunscht|unerwunschte werbung|courrier indesirable|indesirable
        |indesirables|pourriel|pourriels|correo no deseado|no deseado|correo basura|posta indesiderata
        |indesiderata|ongewenst|ongewenste e mail|ongewenste mail|ongewenste berichten|lixo eletronico
        |lixo electronico|correio de lixo|skrappost|skrapost|uonsket post|uonsket mail|sopost|soppelpost
        |roskaposti|wiadomosci smieci|niechciane|nevyzadana posta|nevyziadana posta|levelszemet
        |mesaje nedorite|спам|нежелательная почта|небажана пошта|istenmeyen|gereksiz|gereksiz e posta
        |ανεπιθυμητα|ανεπιθυμητη αλληλογραφια|דואר זבל|البريد غير الهام|البريد العشوائي|迷惑メール
        |迷惑メールフォルダ|垃圾邮件|垃圾郵件|垃圾箱|스팸|스팸메일함|스팸 메일함|정크 메일""",
    Role.TRASH: """
        trash|deleted|deleted items|deleted messages|deleted mail|bin|wastebasket|recycle bin|papierkorb
        |geloscht|geloschte|geloschte objekte|geloschte elemente|geloschte nachrichten|corbeille
        |elements supprimes|messages supprimes|supprimes|papelera|elementos eliminados|eliminados
        |mensajes eliminados|cestino|posta eliminata|elementi eliminati|eliminata|prullenbak|prullenmand
        |verwijderd|verwijderde items|verwijderde berichten|lixeira|lixo|itens excluidos
        |itens eliminados|excluidos|papperskorg|papperskorgen|borttaget|borttagna objekt|slettet
        |slettede|slettet post|slettede elementer|papirkurv|papirkurven|roskakori|poistetut
        |poistetut kohteet|kosz|usuniete|elementy usuniete|smeti|odstranena posta|odstranene|kuka
        |torolt elemek|lomtar|elemente sterse|cos de gunoi|корзина|удаленные|удаленные элементы|кошик
        |видалені|cop kutusu|silinmis ogeler|καδος|διαγραμμενα|אשפה|פריטים שנמחקו|المهملات
        |العناصر المحذوفة|ごみ箱|ゴミ箱|削除済みアイテム|削除済み|已删除|已删除邮件|已刪除的郵件|废件箱
        |垃圾桶|휴지통|지운 편지함""",
    Role.ARCHIVE: """
        archive|archives|archived|all mail|all messages|all documents|all mail including spam and trash
        |archiv|archiviert|alle nachrichten|alle e mails|tous les messages|messages archives|archivo
        |archivados|todos|todos los correos|archivio|archiviati|tutti i messaggi|archief|gearchiveerd
        |alle berichten|alle e mail|arquivo|arquivados|todos os e mails|todo o correio|arkiv|alla mail
        |alle mails|all e post|arkisto|kaikki viestit|archiwum|wszystkie|vsechny zpravy|arhiva|архив
        |вся почта|архів|arsiv|tum postalar|アーカイブ|すべてのメール|归档|存档|封存|所有邮件|所有郵件
        |보관함|전체보관함""",
}
STICKY = frozenset({Role.SENT, Role.DRAFTS, Role.JUNK, Role.TRASH})

_UTF7 = re.compile(r"&([A-Za-z0-9+,]*)-")
_EXTENSION = re.compile(r"\.(mbox|mbx|mbs|mboxrd|mboxo|mboxcl2?|sbd|msf|zip)$", re.IGNORECASE)
_JOINERS = re.compile(r"[\s_\-–—'’\"`~:,+&\[\]()]+")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATED = re.compile(rf"(?: (?:{_MONTH}|\d+))+$")


def decode_name(name: str) -> str:
    """A folder name without IMAP's modified UTF-7 (RFC 3501 §5.1.3); anything else stays as it is."""
    return _UTF7.sub(_decode_run, name) if "&" in name else name


def _decode_run(match: re.Match[str]) -> str:
    run = match[1]
    if not run:
        return "&"
    try:
        text = base64.b64decode(run.replace(",", "/") + "=" * (-len(run) % 4), validate=True).decode("utf-16-be")
    except ValueError:
        return match[0]
    return text if text.isprintable() else match[0]


def fold(name: str) -> str:
    """Lower case, no accents, one blank between words: what names are compared by."""
    flat = unicodedata.normalize("NFKD", name.casefold()).replace("ł", "l").replace("ø", "o").replace("ı", "i")
    bare = "".join(char for char in flat if not unicodedata.combining(char))
    return _JOINERS.sub(" ", bare).strip()


@lru_cache(maxsize=1)
def _table() -> dict[str, Role]:
    return {fold(word): role for role, words in NAMES.items() for word in words.split("|") if fold(word)}


def role_of_label(name: str) -> Role:
    """The role of one folder name or label, taken as a whole: 'Sent Items', 'Gesendet', 'sent-mail-jan-2001'."""
    word = fold(name)
    table = _table()
    return table.get(word) or table.get(_DATED.sub("", word)) or Role.OTHER


def role_of(name: str) -> Role:
    """The role of a folder by its path: the last part decides, else an enclosing Sent, Drafts, Junk or Trash.

    Parts are split at `/`, `\\` and `.`, so 'INBOX.Sent', '[Gmail]/Sent Mail' and 'Sent/2019' are all SENT,
    while 'INBOX/Projects' is OTHER. Names may be in modified UTF-7. A mailbox file's ending is ignored.
    """
    plain = _EXTENSION.sub("", decode_name(name).strip())
    roles = [role_of_label(part) for part in re.split(r"[/\\.]+", plain) if part.strip()]
    if not roles:
        return Role.OTHER
    if roles[-1] is not Role.OTHER:
        return roles[-1]
    return next((role for role in reversed(roles) if role in STICKY), Role.OTHER)
