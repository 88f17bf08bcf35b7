# SPDX-License-Identifier: GPL-2.0-only
"""Plots as SVG, simple ones: lines over steps of equal width, and bars made of pieces."""

from xml.sax.saxutils import escape

LEFT, TOP, WIDTH, HEIGHT, KEY = 70, 48, 460, 260, 170
PIECE_COLOURS = ("#1f6fb4", "#8a5a00", "#3a923a", "#b4361f", "#7a4fa3", "#5f6b75", "#c29a2e", "#2e9ca6", "#a33a6f")


def text(x, y, words, anchor="start", more=""):
    """Words at a place."""
    return f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}"{more}>{escape(str(words))}</text>'


def _line(x1, y1, x2, y2, colour, more=""):
    return (f'<line x1="{round(x1, 1)}" y1="{round(y1, 1)}" x2="{round(x2, 1)}" y2="{round(y2, 1)}" '
            f'stroke="{colour}"{more}/>')


def _whole(width, height, title, body):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/>', text(LEFT, 24, title, more=' font-size="15"'), *body,
        "</svg>", ""])


def _step(largest):
    """A round number of which no more than eight make the axis."""
    return next((step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if largest / step <= 8), largest / 8)


def _axes(steps, what, largest):
    bottom, body = TOP + HEIGHT, []
    step = _step(largest)
    tick = 0
    while tick <= largest + 1e-9:
        y = bottom - HEIGHT * tick / largest
        body += [_line(LEFT, y, LEFT + WIDTH, y, "#444" if tick == 0 else "#ddd"), text(LEFT - 8, y + 4, f"{tick:g}", "end")]
        tick = round(tick + step, 6)
    for number, name in enumerate(steps):
        body.append(text(_x(steps, number), bottom + 20, name, "middle"))
    return [*body, text(LEFT + WIDTH / 2, bottom + 42, what, "middle")]


def _x(steps, number):
    return LEFT + WIDTH * (number + 0.5) / len(steps)


def lines(title, what, steps, series):
    """series: (name, colour, dashes, a value for each step, or None where there is none)."""
    largest = 1.1 * max(value for *_, values in series for value in values if value is not None)
    body = _axes(steps, what, largest)
    for row, (name, colour, dashes, values) in enumerate(series):
        style = ' stroke-width="2"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
        at = [(_x(steps, n), TOP + HEIGHT * (1 - value / largest)) for n, value in enumerate(values) if value is not None]
        body += [_line(*a, *b, colour, style) for a, b in zip(at, at[1:])]
        body += [f'<circle cx="{round(x, 1)}" cy="{round(y, 1)}" r="3" fill="{colour}"/>' for x, y in at]
        x, y = LEFT + WIDTH + 16, TOP + 8 + 20 * row
        body += [_line(x, y, x + 26, y, colour, style), text(x + 34, y + 4, name)]
    return _whole(LEFT + WIDTH + KEY + 40, TOP + HEIGHT + 60, title, body)


def _box(x, y, wide, high, colour):
    return f'<rect x="{round(x, 1)}" y="{y}" width="{round(wide, 1)}" height="{high}" fill="{colour}"/>'


def _bar(y, name, parts, colours, largest):
    x, body = LEFT, [text(LEFT - 8, y + 18, name, "end")]
    for piece, share in sorted(parts.items()):
        body.append(_box(x, y, WIDTH * share / largest, 26, colours[piece]))
        x += WIDTH * share / largest
    return [*body, text(x + 6, y + 18, f"{sum(parts.values()):.2f}")]


def stacks(title, what, bars):
    """bars: (name, {piece: its length})."""
    pieces = sorted({piece for _, parts in bars for piece in parts})
    colours = {piece: PIECE_COLOURS[number % len(PIECE_COLOURS)] for number, piece in enumerate(pieces)}
    largest = max(sum(parts.values()) for _, parts in bars)
    body = [line for row, (name, parts) in enumerate(bars) for line in _bar(TOP + row * 40, name, parts, colours, largest)]
    bottom = TOP + len(bars) * 40
    body.append(text(LEFT + WIDTH / 2, bottom + 12, what, "middle"))
    for number, piece in enumerate(pieces):
        x, y = LEFT + number % 4 * 150, bottom + 30 + number // 4 * 20
        body += [_box(x, y, 12, 12, colours[piece]), text(x + 18, y + 11, piece)]
    return _whole(LEFT + WIDTH + KEY + 40, bottom + 60 + len(pieces) // 4 * 20, title, body)
