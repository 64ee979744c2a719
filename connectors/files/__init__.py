"""Mail that lies in files: mbox, Maildir, folders of message files, Google Takeout."""
