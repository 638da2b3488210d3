// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title Polygon: convex outlines on a map, exactly
/// @notice Coordinates are WGS84 in 1e-7 degree: x is longitude, y is latitude. An outline names its corners
///         counter-clockwise, as on a map with north up. Sides are straight in these coordinates. Two outlines that share a
///         side or a corner do not meet: what counts is the inside.
/// @dev Nothing rounds and nothing overflows: coordinates have 32 bits, differences of two 33, products of two of those 66,
///      and a difference of two such products 67, of the 256 there are. Hence every `unchecked`.
library Polygon {
    struct Point {
        int32 x;
        int32 y;
    }

    /// @dev The smallest upright rectangle around an outline.
    struct Box {
        int32 west;
        int32 south;
        int32 east;
        int32 north;
    }

    int32 internal constant HALF_TURN = 1_800_000_000;
    int32 internal constant QUARTER_TURN = 900_000_000;

    /// @notice Whether an outline is the one way to write its polygon down: a strictly convex polygon, so no three corners
    ///         in a line, counter-clockwise, the corner that is least by x and then y first, all of it on the globe.
    /// @dev Every corner lies strictly left of every side that it is not on. That alone makes the polygon convex and
    ///      simple (a star turns left at each corner as well) and the direction counter-clockwise.
    function isOutline(Point[] memory outline) internal pure returns (bool) {
        uint256 n = outline.length;
        if (n < 3) return false;
        for (uint256 i = 0; i < n; ++i) {
            if (!_onGlobe(outline[i]) || (i > 0 && !_less(outline[0], outline[i]))) return false;
            uint256 j = i + 1 == n ? 0 : i + 1;
            for (uint256 k = 0; k < n; ++k) {
                if (k != i && k != j && _side(outline[i], outline[j], outline[k]) <= 0) return false;
            }
        }
        return true;
    }

    /// @notice Whether the insides of two outlines have a point in common.
    /// @dev Separating axis: convex polygons are apart exactly where a side of one of them has all of the other on its
    ///      outer side, because the sides of their Minkowski difference are parallel to sides of theirs.
    function meet(Point[] memory one, Point[] memory other) internal pure returns (bool) {
        return !_hasSeparatingSide(one, other) && !_hasSeparatingSide(other, one);
    }

    /// @notice Whether all of `inner` lies in `outer`; it may touch its sides.
    function contains(Point[] memory outer, Point[] memory inner) internal pure returns (bool) {
        for (uint256 i = 0; i < outer.length; ++i) {
            Point memory to = outer[i + 1 == outer.length ? 0 : i + 1];
            for (uint256 k = 0; k < inner.length; ++k) {
                if (_side(outer[i], to, inner[k]) < 0) return false;
            }
        }
        return true;
    }

    /// @notice The rectangle around an outline.
    function boxOf(Point[] memory outline) internal pure returns (Box memory box) {
        box = Box(outline[0].x, outline[0].y, outline[0].x, outline[0].y);
        for (uint256 i = 1; i < outline.length; ++i) {
            Point memory corner = outline[i];
            if (corner.x < box.west) box.west = corner.x;
            if (corner.x > box.east) box.east = corner.x;
            if (corner.y < box.south) box.south = corner.y;
            if (corner.y > box.north) box.north = corner.y;
        }
    }

    /// @notice Whether the insides of two rectangles have a point in common.
    function boxesMeet(Box memory one, Box memory other) internal pure returns (bool) {
        return one.west < other.east && other.west < one.east && one.south < other.north && other.south < one.north;
    }

    function _hasSeparatingSide(Point[] memory one, Point[] memory other) private pure returns (bool) {
        for (uint256 i = 0; i < one.length; ++i) {
            Point memory to = one[i + 1 == one.length ? 0 : i + 1];
            bool separates = true;
            for (uint256 k = 0; k < other.length && separates; ++k) {
                separates = _side(one[i], to, other[k]) <= 0;
            }
            if (separates) return true;
        }
        return false;
    }

    /// @dev Twice the area of the triangle: above zero where `corner` lies left of the way from `from` to `to`.
    function _side(Point memory from, Point memory to, Point memory corner) private pure returns (int256) {
        unchecked {
            int256 dx = int256(to.x) - from.x;
            int256 dy = int256(to.y) - from.y;
            return dx * (int256(corner.y) - from.y) - dy * (int256(corner.x) - from.x);
        }
    }

    function _less(Point memory one, Point memory other) private pure returns (bool) {
        return one.x < other.x || (one.x == other.x && one.y < other.y);
    }

    function _onGlobe(Point memory point) private pure returns (bool) {
        return point.x >= -HALF_TURN && point.x <= HALF_TURN && point.y >= -QUARTER_TURN && point.y <= QUARTER_TURN;
    }
}
