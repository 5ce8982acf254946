"""The time in a file of a platform → ISO 8601, with a zone if the platform says it."""

import re
from contextlib import suppress
from datetime import datetime

MONTHS = (  # how a month may begin in the languages of Europe
    "jan jän ene gen led sty oca янв", "feb fév fev úno lut şub фев", "mar mär maa mrt bře мар",
    "apr avr abr dub kwi nis апр", "may mai mag maj mei kvě май мая",
    "jun juin giu červn cze haz июн", "jul juil lug červe lip tem июл",
    "aug aoû ago srp sier ağu авг", "sep set zář wrz eyl сен", "oct okt ott out říj paź eki окт",
    "nov lis kas ноя", "dec dez déc dic des pro gru ara дек",
)  # fmt: skip
DAY_FIRST = r"(?P<day>\d{1,2})\.? (de )?(?P<month>[^\W\d]{3,})\.? (de )?(?P<year>\d{4})"
MONTH_FIRST = r"(?P<month>[^\W\d]{3,})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"
CLOCK = r"\D{0,6} (?P<hour>\d{1,2})[:.]?(?P<minute>\d\d)(:(?P<second>\d\d))? ?(?P<half>[ap]\.?m)?"
YEAR_FIRST = (
    r"(?P<year>\d{4})[年년] ?(?P<month>\d{1,2})[月월] ?(?P<day>\d{1,2})[日일]"
    r"[^\d上下오]*(?P<noon>[上下]午|오[전후])?"
)
FORMS = [re.compile(date + CLOCK, re.IGNORECASE) for date in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)]


def iso_time(text: str) -> str:
    """Return a time in ISO 8601; "" if it is none, or is written in another form.

    >>> iso_time("2026-09-05 23:30:00.123456789 -07:00"), iso_time("Sep 5, 2026 905 AM")
    ('2026-09-05T23:30:00-07:00', '2026-09-05T09:05:00')
    >>> iso_time("Tuesday, 5 September 2026, 11:30 PM"), iso_time("5. März 2026, 08:05")
    ('2026-09-05T23:30:00', '2026-03-05T08:05:00')
    >>> iso_time("sobota, 5 września 2026, 23:30"), iso_time("2026年9月5日(土曜日) 23:30")
    ('2026-09-05T23:30:00', '2026-09-05T23:30:00')
    >>> iso_time("-"), iso_time("05/09/2026 23:30")
    ('', '')
    """
    text = " ".join(text.split())
    with suppress(ValueError):
        stated = re.sub(r" (?=[-+]\d\d)| ?UTC$| (?=Z$)", "", text)
        time = datetime.fromisoformat(stated + ("Z" if text.endswith("UTC") else ""))
        return time.isoformat(timespec="seconds")
    for form in FORMS:
        if found := form.search(text):
            with suppress(ValueError):
                return _time(found).isoformat()
    return ""


def _time(found: re.Match[str]) -> datetime:
    name = found["month"].casefold()
    spelt = (k for k, names in enumerate(MONTHS, 1) if name.startswith((*names.split(),)))
    month = int(name) if name.isdecimal() else next(spelt, 0)
    hour = int(found["hour"])
    if half := found["half"] or found.groupdict().get("noon"):
        if not 1 <= hour <= 12:
            raise ValueError("no hour of twelve")
        hour = hour % 12 + 12 * half.casefold().startswith(("p", "下午", "오후"))
    return datetime(
        int(found["year"]), month, int(found["day"]), hour, int(found["minute"]),
        int(found["second"] or 0),
    )  # fmt: skip
