"""Numbers of a view as people read them."""


def duration(seconds: float | None) -> str:
    """e.g. "8 s", "3 min 20 s", "1 h 05 min"; a dash where it is not known."""
    if seconds is None:
        return "–"
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def about(seconds: float | None) -> str:
    """A rough duration, e.g. "50 s", "4 min", "1 h 10 min"; a dash where it is not known."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{max(10, 10 * round(seconds / 10))} s"
    minutes = round(seconds / 60)
    minutes = minutes if minutes < 30 else 5 * round(minutes / 5)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def percent(share: float | None) -> str:
    """e.g. "65 %"; a dash where it is not known."""
    return "–" if share is None else f"{100 * share:.0f} %"


def count(number: int) -> str:
    """e.g. "12 340"."""
    return f"{number:,}".replace(",", "\u2009")


def age(seconds: float | None) -> str:
    """e.g. "now", "4 s ago", "never"."""
    if seconds is None:
        return "never"
    return "now" if seconds < 2 else f"{duration(seconds)} ago"
