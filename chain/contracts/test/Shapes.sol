// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Polygon} from "../Polygon.sol";

/// @dev Polygons by other means than Polygon.sol has: hulls by Andrew's monotone chain, common regions by their corners in
///      exact fractions. For coordinates of up to 28 bits, so that nothing overflows; where it would, Solidity reverts.
library Shapes {
    /// @dev A point x/w, y/w with w > 0.
    struct Fraction {
        int256 x;
        int256 y;
        int256 w;
    }

    /// @dev The convex hull: counter-clockwise from the least corner, no three in a line; fewer than 3 where all are.
    function hull(Polygon.Point[] memory given) internal pure returns (Polygon.Point[] memory) {
        Polygon.Point[] memory points = sorted(given);
        Polygon.Point[] memory chain = new Polygon.Point[](2 * points.length + 1);
        uint256 n = 0;
        for (uint256 i = 0; i < points.length; i++) {
            while (n >= 2 && twiceArea(chain[n - 2], chain[n - 1], points[i]) <= 0) n--;
            chain[n++] = points[i];
        }
        uint256 lower = n + 1;
        for (uint256 i = points.length - 1; i > 0; i--) {
            while (n >= lower && twiceArea(chain[n - 2], chain[n - 1], points[i - 1]) <= 0) n--;
            chain[n++] = points[i - 1];
        }
        return first(chain, n == 0 ? 0 : n - 1);
    }

    /// @dev Whether two convex polygons have more in common than a line: their common corners are not all in one.
    function meet(Polygon.Point[] memory a, Polygon.Point[] memory b) internal pure returns (bool) {
        Fraction[] memory found = new Fraction[](a.length + b.length + a.length * b.length);
        uint256 n = 0;
        for (uint256 i = 0; i < a.length; i++) {
            if (covers(b, a[i])) found[n++] = Fraction(a[i].x, a[i].y, 1);
            for (uint256 k = 0; k < b.length; k++) {
                (bool cross, Fraction memory where) =
                    crossing(a[i], a[(i + 1) % a.length], b[k], b[(k + 1) % b.length]);
                if (cross) found[n++] = where;
            }
        }
        for (uint256 k = 0; k < b.length; k++) {
            if (covers(a, b[k])) found[n++] = Fraction(b[k].x, b[k].y, 1);
        }
        uint256 second = 0;
        for (uint256 i = 1; i < n; i++) {
            if (!same(found[0], found[i])) second = i;
        }
        for (uint256 i = 1; second != 0 && i < n; i++) {
            if (determinant(found[0], found[second], found[i]) != 0) return true;
        }
        return false;
    }

    /// @dev Whether a point lies in a polygon or on its border: the triangles to its sides have just its area.
    function covers(Polygon.Point[] memory polygon, Polygon.Point memory point) internal pure returns (bool) {
        int256 area = 0;
        int256 sum = 0;
        for (uint256 i = 0; i < polygon.length; i++) {
            Polygon.Point memory next = polygon[(i + 1) % polygon.length];
            area += twiceArea(polygon[0], polygon[i], next);
            int256 part = twiceArea(point, polygon[i], next);
            sum += part < 0 ? -part : part;
        }
        return area == sum;
    }

    function joined(Polygon.Point[] memory a, Polygon.Point[] memory b)
        internal
        pure
        returns (Polygon.Point[] memory all)
    {
        all = new Polygon.Point[](a.length + b.length);
        for (uint256 i = 0; i < all.length; i++) {
            all[i] = i < a.length ? a[i] : b[i - a.length];
        }
    }

    function first(Polygon.Point[] memory points, uint256 n) internal pure returns (Polygon.Point[] memory some) {
        some = new Polygon.Point[](n);
        for (uint256 i = 0; i < n; i++) {
            some[i] = points[i];
        }
    }

    function equal(Polygon.Point[] memory a, Polygon.Point[] memory b) internal pure returns (bool) {
        return keccak256(abi.encode(a)) == keccak256(abi.encode(b));
    }

    /// @dev The polygon elsewhere.
    function moved(Polygon.Point[] memory polygon, int32 x, int32 y)
        internal
        pure
        returns (Polygon.Point[] memory there)
    {
        there = new Polygon.Point[](polygon.length);
        for (uint256 i = 0; i < there.length; i++) {
            there[i] = Polygon.Point(polygon[i].x + x, polygon[i].y + y);
        }
    }

    function rectangle(int32 west, int32 south, int32 east, int32 north)
        internal
        pure
        returns (Polygon.Point[] memory corners)
    {
        corners = new Polygon.Point[](4);
        corners[0] = Polygon.Point(west, south);
        corners[1] = Polygon.Point(east, south);
        corners[2] = Polygon.Point(east, north);
        corners[3] = Polygon.Point(west, north);
    }

    /// @dev Points between −reach and reach.
    function scattered(uint256 seed, uint256 n, uint256 reach) internal pure returns (Polygon.Point[] memory points) {
        points = new Polygon.Point[](n);
        for (uint256 i = 0; i < n; i++) {
            uint256 x = uint256(keccak256(abi.encode(seed, i, "x"))) % (2 * reach + 1);
            uint256 y = uint256(keccak256(abi.encode(seed, i, "y"))) % (2 * reach + 1);
            points[i] = Polygon.Point(int32(int256(x) - int256(reach)), int32(int256(y) - int256(reach)));
        }
    }

    function twiceArea(Polygon.Point memory a, Polygon.Point memory b, Polygon.Point memory c)
        internal
        pure
        returns (int256)
    {
        return int256(a.x) * (int256(b.y) - c.y) + int256(b.x) * (int256(c.y) - a.y) + int256(c.x) * (int256(a.y) - b.y);
    }

    /// @dev Where two sides cross that are not parallel, ends included.
    function crossing(
        Polygon.Point memory a,
        Polygon.Point memory b,
        Polygon.Point memory c,
        Polygon.Point memory d
    ) private pure returns (bool, Fraction memory where) {
        int256[4] memory way =
            [int256(b.x) - a.x, int256(b.y) - a.y, int256(d.x) - c.x, int256(d.y) - c.y];
        int256 w = way[0] * way[3] - way[1] * way[2];
        if (w == 0) return (false, where);
        int256 s = (int256(c.x) - a.x) * way[3] - (int256(c.y) - a.y) * way[2];
        int256 t = (int256(c.x) - a.x) * way[1] - (int256(c.y) - a.y) * way[0];
        if (w < 0) (w, s, t) = (-w, -s, -t);
        if (s < 0 || s > w || t < 0 || t > w) return (false, where);
        return (true, Fraction(int256(a.x) * w + s * way[0], int256(a.y) * w + s * way[1], w));
    }

    function same(Fraction memory a, Fraction memory b) private pure returns (bool) {
        return a.x * b.w == b.x * a.w && a.y * b.w == b.y * a.w;
    }

    function determinant(Fraction memory a, Fraction memory b, Fraction memory c) private pure returns (int256) {
        return a.x * (b.y * c.w - c.y * b.w) - a.y * (b.x * c.w - c.x * b.w) + a.w * (b.x * c.y - c.x * b.y);
    }

    function sorted(Polygon.Point[] memory given) private pure returns (Polygon.Point[] memory points) {
        points = first(given, given.length);
        for (uint256 i = 1; i < points.length; i++) {
            for (uint256 k = i; k > 0; k--) {
                Polygon.Point memory a = points[k - 1];
                Polygon.Point memory b = points[k];
                if (a.x < b.x || (a.x == b.x && a.y <= b.y)) break;
                (points[k - 1], points[k]) = (b, a);
            }
        }
    }
}
