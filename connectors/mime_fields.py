"""The names of the header fields that tell something: what a server is asked for."""

from __future__ import annotations

from sys import intern

FETCHED = (
    "Precedence",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply",
    "X-Vacation",
    "X-Loop",
    "Feedback-ID",
    "Errors-To",
    "Mailing-List",
    "X-Mailing-List",
    "X-Google-Group-Id",
    "X-Original-From",
    "X-Original-Sender",
    "X-Mailer",
    "X-Campaign",
    "X-SG-EID",
    "X-Mailgun-Sid",
    "X-Mandrill-User",
    "X-GitHub-Reason",
    "X-GitLab-Project",
    "X-Bugzilla-Type",
    "X-JIRA-Fingerprint",
    "X-LinkedIn-Class",
    "X-LinkedIn-Template",
    "X-Facebook-Notify",
    "X-TwitterEmailType",
    "X-Failed-Recipients",
    "X-Cron-Env",
    "X-MS-Exchange-Generated-Message-Source",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-MS-Exchange-Calendar-Originator-Id",
    "Content-Class",
)
"""The ones worth asking a server for: each decides where List-*, Precedence and Auto-Submitted are missing."""

HEADER_FIELDS = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Return-Path",
    "Delivered-To",
    "X-Original-To",
    "List-Id",
    "List-Post",
    "List-Unsubscribe",
    "List-Help",
    *FETCHED,
    "Authentication-Results",
    "Content-Type",
    "X-Weaktie-Draft",
    "X-Microsoft-Original-Message-ID",
)
"""What a server shall be asked for, always in this order: servers cache by field."""

_SPELT = (*HEADER_FIELDS, "Message-Id", "Received", "MIME-Version", "Content-Transfer-Encoding", "DKIM-Signature")
FAMILIAR = {spelt: intern(name.lower()) for name in _SPELT for spelt in (name, name.lower())}
"""The usual spellings of names, each with the one we know it by."""
