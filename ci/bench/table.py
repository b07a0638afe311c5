"""Markdown tables, and numbers as people read them."""


def count(value):
    return "-" if value is None else f"{value:,}".replace(",", " ")


def seconds(value):
    """Three digits, or as many as there are before the point."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def megabytes(value):
    return "-" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def ratio(value):
    return "-" if value is None else f"{value:.2f}"


def markdown(header, rows):
    """A table. Columns whose name begins with '>' stand right, as numbers do."""
    names = [name.lstrip(">") for name in header]
    rules = ["---:" if name.startswith(">") else "---" for name in header]
    lines = [names, rules] + [[str(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
