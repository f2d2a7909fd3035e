"""Draw the map of the world that pages colour, into src/keypin/web/static/vendor/world.svg.

    npm install --prefix FOLDER world-atlas@2.0.2 i18n-iso-countries@7.14.0
    python scripts/world.py FOLDER/node_modules

The shapes are Natural Earth's at 1:50 million, in the projection of that name (Šavrič, Jenny,
Patterson, Petrovič and Hurni 2011). Each country is an element of its own with its code of
ISO 3166-1 and its name; one too small to be seen or touched is a dot.
"""

import json
import sys
from collections.abc import Iterator
from math import hypot, pi, radians
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

OUT = Path(__file__).parents[1] / "src" / "keypin" / "web" / "static" / "vendor" / "world.svg"

# Half units of the picture, so that a border that is a whole number of them looks smooth.
_WIDTH = 2000
_SCALE = _WIDTH / (2 * pi * 0.8707)
_FAR_SOUTH = -58.0

# What is smaller than this in both directions is drawn as a dot.
_SMALL = 9
_DOT = 5

# What belongs to a country, or is none, in ISO 3166-1, but has a shape of its own in Natural Earth.
_WITHIN = {"Somaliland": "SO", "N. Cyprus": "CY", "Siachen Glacier": "IN"}
_NO_NUMBER = {"Kosovo": "XK"}
_UNINHABITED = {"AQ"}

Point = tuple[int, int]
Ring = list[Point]


def main(modules: Path) -> None:
    """Write the map, and say how large it is."""
    topology = _json(modules / "world-atlas" / "countries-50m.json")
    codes = {row[2]: row[0] for row in _json(modules / "i18n-iso-countries" / "codes.json")}
    known = _json(modules / "i18n-iso-countries" / "langs" / "en.json")["countries"]
    arcs = [_arc(topology["transform"], one) for one in topology["arcs"]]
    found: dict[str, tuple[str, list[Ring]]] = {}
    for one in topology["objects"]["countries"]["geometries"]:
        atlas = one["properties"]["name"]
        code = _WITHIN.get(atlas) or _NO_NUMBER.get(atlas) or codes.get(one.get("id"))
        if code is None or code in _UNINHABITED:
            continue
        rings = [piece for ring in _rings(one) for piece in _ring(arcs, ring)]
        name, kept = found.setdefault(code, (_name(atlas, known.get(code, atlas)), []))
        found[code] = name, kept + rings
    points = [point for _, rings in found.values() for ring in rings for point in ring]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - top
    shapes = (
        _shape(code, name, [[(x - left, y - top) for x, y in ring] for ring in rings])
        for code, (name, rings) in sorted(found.items())
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
    OUT.write_text("\n".join([head, '<g id="world">', *shapes, "</g>", "</svg>", ""]), "utf-8")
    print(f"{len(found)} countries, {OUT.stat().st_size} bytes")


def _json(path: Path) -> Any:  # noqa: ANN401 - foreign, and read as it is documented
    return json.loads(path.read_text("utf-8"))


def _name(atlas: str, known: str | list[str]) -> str:
    """Return the atlas's name where it is one that people use, for others are cut short."""
    names = [known] if isinstance(known, str) else known
    return atlas if atlas in names else names[0]


def _arc(transform: dict[str, list[float]], arc: list[list[int]]) -> Ring:
    """Return an arc of TopoJSON, whose points are given by their differences, as of the picture."""
    (scale_x, scale_y), (from_x, from_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append(_projected(x * scale_x + from_x, y * scale_y + from_y))
    return points


def _projected(longitude: float, latitude: float) -> Point:
    """Return where a place of so many degrees is on the picture."""
    east, north = radians(longitude), radians(max(latitude, _FAR_SOUTH))
    two, four = north**2, north**4
    x = 0.8707 - 0.131979 * two + four * (-0.013791 + four * (0.003971 * two - 0.001529 * four))
    y = 1.007226 + two * (0.015085 + four * (-0.044475 + 0.028874 * two - 0.005916 * four))
    return round(east * x * _SCALE), round(-north * y * _SCALE)


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        yield from polygon


def _ring(arcs: list[Ring], numbers: list[int]) -> list[Ring]:
    """Return a ring: its arcs in order, of which a negative one is run through backwards.

    One that goes around the back of the world is cut there.
    """
    pieces: list[Ring] = [[]]
    for number in numbers:
        for point in arcs[number] if number >= 0 else reversed(arcs[~number]):
            piece = pieces[-1]
            if piece and abs(point[0] - piece[-1][0]) > _WIDTH // 2:
                pieces.append([point])
            elif not piece or piece[-1] != point:
                piece.append(point)
    if len(pieces) > 1:
        pieces[0] = pieces.pop() + pieces[0]
    return [_straightened(one) for one in pieces]


def _straightened(points: Ring) -> Ring:
    """Leave out points that lie on the way between their neighbours."""
    kept = points[:1]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        x, y = after[0] - before[0], after[1] - before[1]
        away = abs(x * (here[1] - before[1]) - y * (here[0] - before[0]))
        if away > hypot(x, y) / 2:
            kept.append(here)
    return kept


def _shape(code: str, name: str, rings: list[Ring]) -> str:
    said = f"<desc>{escape(name)}</desc>"
    xs, ys = ([point[axis] for ring in rings for point in ring] for axis in (0, 1))
    if max(xs) - min(xs) < _SMALL and max(ys) - min(ys) < _SMALL:
        x, y = (max(xs) + min(xs)) // 2, (max(ys) + min(ys)) // 2
        return f'<circle id="{code}" cx="{x}" cy="{y}" r="{_DOT}">{said}</circle>'
    path = "".join(_path(ring) for ring in rings if ring[2:])  # less is no area
    return f'<path id="{code}" d="{path}">{said}</path>'


def _path(ring: Ring) -> str:
    (x, y), *others = ring
    steps = [f"M{x} {y}l"]
    for next_x, next_y in others:
        steps.append(f"{next_x - x} {next_y - y} ")
        x, y = next_x, next_y
    return "".join(steps).rstrip().replace(" -", "-") + "z"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
