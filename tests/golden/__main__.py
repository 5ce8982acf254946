"""`python -m tests.golden` writes messages.md."""

from tests.golden.page import HEAD, PAGE, PARTS, provoked

if __name__ == "__main__":
    PAGE.write_text("\n".join([HEAD, *map(provoked, PARTS)]), encoding="utf-8")
