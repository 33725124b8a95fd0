"""Places where live state is, one folder each. A backend drives a kind's flows or documents; it knows no kind."""
