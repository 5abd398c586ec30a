#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The outline of the world's land for maps: content/theme/world.mustache, an SVG path.
#   tools/outline.py land-110m.json >content/theme/world.mustache
# land-110m.json is Natural Earth's land at 1:110m, which is in the public domain, as TopoJSON (npm's
# world-atlas 2.0.2 has it). There are no borders in it. A unit is a fifth of a degree of longitude,
# a sixth of one of latitude, from 180° W and 84° N (src/pages/map.c counts alike). Points that change the
# shape least are left out (Visvalingam and Whyatt 1993), and so is Antarctica.
import heapq
import json
import sys

SMALLEST = 45, 22  # square units: what may go without being missed of large land, and of islands
FEW = 8  # points of an island
SOUTH = -57


def unit(lon, lat):
    return round((lon + 180) * 5), round((84 - lat) * 6)


def arcs_of(topology):
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * scale[0] + move[0], y * scale[1] + move[1]))
        yield line


def rings_of(topology):
    arcs = list(arcs_of(topology))
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            for ring in polygon:
                points = []
                for i in ring:
                    line = arcs[i] if i >= 0 else arcs[~i][::-1]
                    points += line[1:] if points else line
                yield points


def whole(points):
    """A ring that crosses 180° goes on beyond it, and stands a second time a world further west."""
    out, turn, last = [], 0, None
    for lon, lat in points:
        if last is not None and abs(lon - last) > 180:
            turn += 360 if lon < last else -360
        last = lon
        out.append((lon + turn, lat))
    yield out
    if max(lon for lon, _ in out) > 180:
        yield [(lon - 360, lat) for lon, lat in out]
    if min(lon for lon, _ in out) < -180:
        yield [(lon + 360, lat) for lon, lat in out]


def clipped(points):
    """What of a ring lies between 180° W and 180° E (Sutherland and Hodgman 1974)."""
    for edge, keep in ((-180, lambda x: x >= -180), (180, lambda x: x <= 180)):
        out = []
        for (x0, y0), (x1, y1) in zip(points[-1:] + points[:-1], points):
            if keep(x0) != keep(x1):
                out.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
            if keep(x1):
                out.append((x1, y1))
        points = out
    return points + points[:1]


def area(a, b, c):
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def simpler(points, smallest):
    """Take away the point of the smallest triangle until none is small."""
    n = len(points)
    before, after = list(range(-1, n - 1)), list(range(1, n + 1))
    heap = [(area(points[i - 1], points[i], points[i + 1]), i) for i in range(1, n - 1)]
    size = {i: a for a, i in heap}
    heapq.heapify(heap)
    gone = set()
    while heap and heap[0][0] < smallest:
        a, i = heapq.heappop(heap)
        if i in gone or size[i] != a:
            continue
        gone.add(i)
        left, right = before[i], after[i]
        after[left], before[right] = right, left
        for k in (left, right):
            if 0 < k < n - 1:
                size[k] = max(a, area(points[before[k]], points[k], points[after[k]]))
                heapq.heappush(heap, (size[k], k))
    return [p for i, p in enumerate(points) if i not in gone]


def path_of(points):
    text = "M%d %d" % points[0]
    last = points[0]
    for p in points[1:]:
        dx, dy = p[0] - last[0], p[1] - last[1]
        if dx or dy:
            text += "l%d%s%d" % (dx, "" if dy < 0 else " ", dy)
        last = p
    return text + "z"


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        topology = json.load(f)
    paths = []
    for ring in rings_of(topology):
        if min(lat for _, lat in ring) < -80 or max(lat for _, lat in ring) < SOUTH:
            continue
        for turned in whole(ring):
            points = [unit(*p) for p in clipped(turned)]
            large = simpler(points, SMALLEST[0])
            points = large if len(large) > FEW else simpler(points, SMALLEST[1])
            if len(set(points)) > 3:
                paths.append(path_of(points[:-1]))
    print('<path class="land" d="%s"/>' % "".join(paths))


main()
