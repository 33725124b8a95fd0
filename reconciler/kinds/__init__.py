"""The kinds of objects, one folder each, and the table of them.

Everything that is special about a kind stands in its folder. The order of the table means something: a kind refers
only to kinds above it, which makes the order of creation (downwards) and deletion (upwards) acyclic by construction.
"""

from reconciler.core.kind import Kinds
from reconciler.kinds import (
    agent_connection,
    ai_agent,
    authorization_server,
    client_app,
    client_registration,
    delegation_link,
    mcp_oauth_client,
    mcp_server,
)

KINDS: Kinds = {
    kind.name: kind
    for kind in (
        authorization_server.KIND,
        mcp_server.KIND,
        client_app.KIND,
        client_registration.KIND,
        ai_agent.KIND,
        agent_connection.KIND,
        mcp_oauth_client.KIND,
        delegation_link.KIND,
    )
}
