"""The only code that writes outside: drafts and reports into a mailbox, approved mail over SMTP."""
