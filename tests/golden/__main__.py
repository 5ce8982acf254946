"""`python -m tests.golden` writes messages.md."""

from tests.golden.page import HEAD, PAGE, PARTS, generated

if __name__ == "__main__":
    PAGE.write_text("\n".join([HEAD, *map(generated, PARTS)]), encoding="utf-8")
