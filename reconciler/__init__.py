"""mcp-reconciler: make Okta for AI Agents agree with the YAML in a repository."""

__version__ = "0.1.0"
