"""The nouns of the domain: frozen values, no I/O, no clock, no environment. Everything else points here."""
