"""`marginals_section`: what became of the runs with each value of each axis, whatever the other axes are."""

from gradx.reporting.runs.groups import Group, groups
from gradx.reporting.runs.material import Material
from gradx.reporting.terminal.layout import Column
from gradx.reporting.terminal.page import Page
from gradx.reporting.terminal.tally import tally
from gradx.reporting.text import spec_texts
from gradx.reporting.views.picking import evenly

MOST = 12  # values of one axis


def marginals_section(page: Page, material: Material) -> None:
    """A row for each value of each axis; evenly chosen ones where there are very many."""
    found: list[Group] = []
    for name in material.names:
        by_value = {group.key[0]: group for group in groups(material.rows, [name])}
        chosen = evenly(material.values(name), MOST)
        for place, text in enumerate(spec_texts(chosen)):
            found.append(Group((name if place == 0 else "", text), by_value[chosen[place]].rows))
    if not found:
        return
    page.heading("By one axis at a time", "whatever the others are")
    axes = [
        Column(heading, [(str(group.key[place]), "bold") for group in found])
        for place, heading in enumerate(("axis", "value"))
    ]
    results = tally(found, growth=True)
    left_out = page.table([*axes, *results])
    medians = [what for what in ("growth", "loss") if any(one.heading.startswith(what) for one in results)]
    if medians:
        page.prose([(f"{' and '.join(medians)}: medians, where nan is the worst", "dim")], hang=2)
    if left_out:
        page.prose([(f"left out for lack of room: {', '.join(left_out)}", "dim")], hang=2)
