"""From values to text, one module a reader. Pure: data in, text out; nothing is computed that a plan does not say."""
