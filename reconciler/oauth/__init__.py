"""The endpoint side: is an MCP server really ready? Pure rules, and one shell that asks without any credential."""
