"""One file per simulator, found by name; `docs/add-an-environment.md` is the recipe."""
