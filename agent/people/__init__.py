"""Who is who: addresses, names, organizations, and what is a person at all."""
