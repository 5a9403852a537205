"""Each guard rail says its rule, deadline and action, and the table has one row for each."""

from dsrl_core.app.docs.rails import rail_modules, rail_table

OF_MOTION = {3, 4, 5, 6}


def test_every_rail_has_a_number_of_its_own():
    numbers = [rail.NUMBER for rail in rail_modules()]
    assert numbers == sorted(set(numbers))
    assert set(range(1, 13)) - OF_MOTION <= set(numbers) <= set(range(1, 13))


def test_a_row_is_what_the_file_says():
    head, rows = rail_table()
    assert len(rows) == len(rail_modules())
    for row in rows:
        assert len(row) == len(head)
        assert all(row)
        assert row[1].endswith("."), "the first line of a rail's file is a sentence"
    contact = next(row for row in rows if row[0] == "11")
    assert contact == (
        "11",
        "The external force, less what is measured at rest, stays below 25 N.",
        "20 ms",
        "stop, HOLD until the operator confirms; no recovery of its own unless that is asked for",
        "`dsrl_core/acting/execution/rails/contact_force.py`",
    )
