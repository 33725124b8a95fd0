"""What a workflow says and asks at GitHub: comments, issues, pull requests, and what the runner tells of itself.

Values and texts come in from outside this room; it knows no plan and no drift.
"""

from reconciler.github.client import Door, GitHub
from reconciler.github.comment import Note, Written, find, publish
from reconciler.github.event import Event, read_event
from reconciler.github.issue import Report, keep
from reconciler.github.pulls import Reviewed, mark, reviewed, seal

__all__ = [
    "Door",
    "Event",
    "GitHub",
    "Note",
    "Report",
    "Reviewed",
    "Written",
    "find",
    "keep",
    "mark",
    "publish",
    "read_event",
    "reviewed",
    "seal",
]
