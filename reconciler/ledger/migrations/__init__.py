"""How the schema came to be, step by step. A revision that was released is never changed; a new one is added."""
