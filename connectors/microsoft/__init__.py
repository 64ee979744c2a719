"""Microsoft 365 and Outlook.com: calendars by Microsoft Graph. Mail there is read and sent by IMAP and SMTP."""
