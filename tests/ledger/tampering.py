"""Changing a ledger without any of its own code."""

import sqlite3

import psycopg

from reconciler.ledger import Place


def change(place: Place, statement: str) -> None:
    """Run one statement on the ledger's database."""
    if place.file is not None:
        with sqlite3.connect(place.file) as other:
            other.execute(statement)
        other.close()
    else:
        with psycopg.connect(place.url, options="-csearch_path=reconciler") as other:
            other.execute(statement.encode())
