"""One module for each family of paths: a request is read, the state asked or changed, an answer made.

Rules about states live one floor below (`verdicts`, `effects`, `refreshing`); what is here knows HTTP.
"""
