"""Colours that people with any kind of colour vision tell apart, as far as there are enough of them."""

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito, "Color Universal Design", 2008; without black, which is for texts."""
TOL_MUTED = ("#332288", "#44AA99", "#882255", "#999933", "#CC6677", "#117733", "#AA4499", "#88CCEE", "#DDCC77")
"""Tol, "Colour schemes", technical note SRON/EPS/TN/09-002, 2021."""
COLOURS = OKABE_ITO + TOL_MUTED
SHADES = ((1.0, 0.0), (0.62, 0.0), (0.55, 0.45))
"""When all are used up they come again, darker and then paler: a share of the colour, and of white."""


def colour(place: int) -> tuple[float, float, float]:
    """Return the colour of the group at a place, the largest has place 0: red, green and blue from 0 to 1."""
    share, white = SHADES[place // len(COLOURS) % len(SHADES)]
    code = COLOURS[place % len(COLOURS)].removeprefix("#")
    red, green, blue = (share * int(code[at : at + 2], 16) / 255 + white for at in (0, 2, 4))
    return red, green, blue
