"""The Okta management API for MCP servers and authorization servers, as an application of its own.

Written from the contract (okta-api), never from a client of it: nothing here may import the other rooms of
this product, so that one misreading cannot hide on both sides. What the contract leaves open is a named
switch in `switches`. `app.create_app` gives the WSGI application, `serve.run` a process that answers HTTP.
"""
