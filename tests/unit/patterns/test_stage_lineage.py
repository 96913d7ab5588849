"""Every row of concentration and of harm can be followed back to estimates."""

import datetime as dt

from salus.model.city import City, Scope
from salus.model.tables import TABLES, key_column
from salus.patterns.traces import traces

START, RECENT, END = dt.date(2019, 1, 1), dt.date(2020, 1, 1), dt.date(2020, 12, 31)
SCOPE = Scope(themes=(), area="toy", geography="square", shown="square", start=START, end=END)
CITY = City(
    id="toy", name="Toy", country="TOY", wider=(), languages=("en",), time_zone="UTC", pack="usg-core",
    pack_version="0.1.0", currency="EUR", price_year=2020, income_group="high", scope=SCOPE,
)  # fmt: skip


def test_sums_of_harm_rest_on_classes_and_a_recent_concentration_on_the_city_over_the_whole_period():
    period = {"period_start": START, "period_end": END}
    estimates = TABLES["estimates"].frame([
        {"indicator": "A16", "area": "toy", "group": "", "source": "s", **period},
        {"indicator": "X00", "area": "toy", "group": "iccs:0401", "source": "s", **period},
        {"indicator": "X00", "area": "toy", "group": "iccs:040111", "source": "s", **period},
    ])  # fmt: skip
    harm = [
        {"weights": "w", "iccs": "0401", "area": "toy", "classes": "0401;040111", **period},
        {"weights": "w", "iccs": "", "area": "toy", "classes": "", **period},
    ]
    recent = {"indicator": "A16", "geography": "square", "period_start": RECENT, "period_end": END, "measure": "gini"}
    tables = {
        "clusters": TABLES["clusters"].frame(),
        "near_repeats": TABLES["near_repeats"].frame(),
        "series": TABLES["series"].frame(),
        "changes": TABLES["changes"].frame(),
        "concentration": TABLES["concentration"].frame([recent]),
        "harm": TABLES["harm"].frame(harm),
    }
    rows = traces(tables, estimates, CITY).select("key", "from_key").rows()
    assert sorted(rows) == [
        ("concentration:A16|square|2020-01-01|2020-12-31|gini", "estimates:A16|toy||2019-01-01|2020-12-31|s"),
        ("harm:w|0401|toy|2019-01-01|2020-12-31", "estimates:X00|toy|iccs:040111|2019-01-01|2020-12-31|s"),
        ("harm:w|0401|toy|2019-01-01|2020-12-31", "estimates:X00|toy|iccs:0401|2019-01-01|2020-12-31|s"),
        ("harm:w||toy|2019-01-01|2020-12-31", "harm:w|0401|toy|2019-01-01|2020-12-31"),
    ]
    keys = {key for key, _ in rows}
    for name in ("concentration", "harm"):
        assert keys >= set(tables[name].select(key_column(name)).to_series())
