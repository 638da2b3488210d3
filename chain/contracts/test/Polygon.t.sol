// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Polygon} from "../Polygon.sol";
import {Harness} from "./Harness.sol";
import {Shapes} from "./Shapes.sol";

/// @dev Every answer of Polygon.sol against another way to find it (Shapes.sol).
contract PolygonTest is Harness {
    /// @dev Small reaches make touching corners, shared sides and equal polygons; large ones long numbers.
    function testFuzz_OverlapIsACommonRegion(uint256 seed, uint8 reach, uint8 n, uint8 m) public pure {
        uint256 wide = uint256(2) ** bound(reach, 1, 26);
        Polygon.Point[] memory a = Shapes.hull(Shapes.scattered(seed, bound(n, 3, 9), wide));
        Polygon.Point[] memory b = Shapes.hull(Shapes.scattered(seed ^ 1, bound(m, 3, 9), wide));
        if (a.length < 3 || b.length < 3) return;
        bool expected = Shapes.meet(a, b);
        holds(Polygon.meet(a, b) == expected && Polygon.meet(b, a) == expected, "overlap");
        if (expected) holds(Polygon.boxesMeet(Polygon.boxOf(a), Polygon.boxOf(b)), "apart by their boxes");
    }

    /// @dev Neighbours: what is laid beside a polygon, along a side or at a corner, does not meet it; a step in does.
    function testFuzz_NeighboursTouch(uint256 seed, uint8 n) public pure {
        Polygon.Point[] memory a = Shapes.hull(Shapes.scattered(seed, bound(n, 3, 8), 40));
        if (a.length < 3) return;
        Polygon.Box memory box = Polygon.boxOf(a);
        Polygon.Point[] memory beside = Shapes.moved(a, box.east - box.west, 0);
        holds(!Polygon.meet(a, beside) && !Shapes.meet(a, beside), "beside");
        holds(Polygon.meet(a, a), "itself");
        Polygon.Point[] memory turned = new Polygon.Point[](a.length);
        for (uint256 i = 0; i < a.length; i++) {
            turned[i] = Polygon.Point(a[0].x + a[1].x - a[i].x, a[0].y + a[1].y - a[i].y);
        }
        turned = Shapes.hull(turned);
        holds(!Polygon.meet(a, turned) && !Shapes.meet(a, turned), "turned around its first side");
        for (int32 dx = -1; dx <= 1; dx++) {
            for (int32 dy = -1; dy <= 1; dy++) {
                Polygon.Point[] memory near = Shapes.moved(turned, dx, dy);
                holds(Polygon.meet(a, near) == Shapes.meet(a, near), "a step away");
            }
        }
    }

    /// @dev An outline is its own hull. Most are broken first: turned, mirrored, a corner twice, one in a side.
    function testFuzz_AnOutlineIsItsHull(uint256 seed, uint8 n, uint8 reach, uint8 how) public pure {
        Polygon.Point[] memory a = Shapes.scattered(seed, bound(n, 1, 10), bound(reach, 1, 60));
        if (how % 6 != 5) a = Shapes.hull(a);
        if (a.length < 3) {
            holds(!Polygon.isOutline(a), "fewer than three");
            return;
        }
        Polygon.Point memory last = a[a.length - 1];
        if (how % 6 == 1) (a[0], a[1]) = (a[1], a[0]);
        if (how % 6 == 2) a[a.length - 1] = a[a.length - 2];
        if (how % 6 == 3) a[1] = Polygon.Point((a[0].x + a[2].x) / 2, (a[0].y + a[2].y) / 2);
        if (how % 6 == 4) {
            for (uint256 i = a.length - 1; i > 0; i--) {
                a[i] = a[i - 1];
            }
            a[0] = last;
        }
        holds(Polygon.isOutline(a) == Shapes.equal(a, Shapes.hull(a)), "outline");
    }

    function testFuzz_WithinIsWithinTheHull(uint256 seed, uint8 n, uint8 m, uint8 reach) public pure {
        Polygon.Point[] memory a = Shapes.hull(Shapes.scattered(seed, bound(n, 3, 9), 60));
        Polygon.Point[] memory b = Shapes.hull(Shapes.scattered(seed ^ 1, bound(m, 3, 9), bound(reach, 1, 60)));
        if (a.length < 3 || b.length < 3) return;
        holds(Polygon.contains(a, b) == Shapes.equal(Shapes.hull(Shapes.joined(a, b)), a), "within");
        holds(Polygon.contains(a, a), "within itself");
    }

    /// @dev At the corners of the globe, and with sides around all of it, nothing overflows.
    function test_TheWholeGlobe() public pure {
        Polygon.Point[] memory globe = Shapes.rectangle(
            -Polygon.HALF_TURN, -Polygon.QUARTER_TURN, Polygon.HALF_TURN, Polygon.QUARTER_TURN
        );
        Polygon.Point[] memory east = Shapes.rectangle(0, -Polygon.QUARTER_TURN, Polygon.HALF_TURN, Polygon.QUARTER_TURN);
        Polygon.Point[] memory west = Shapes.rectangle(-Polygon.HALF_TURN, -Polygon.QUARTER_TURN, 0, Polygon.QUARTER_TURN);
        holds(Polygon.isOutline(globe) && Polygon.isOutline(east), "outline");
        holds(Polygon.meet(globe, east) && Polygon.contains(globe, east) && !Polygon.contains(east, globe), "part");
        holds(!Polygon.meet(west, east), "halves");
        globe[2].y += 1;
        holds(!Polygon.isOutline(globe), "beyond a pole");
        east[1].x += 1;
        holds(!Polygon.isOutline(east), "beyond the date line");
    }

    /// @dev A star turns left at every corner, and is none.
    function test_AStarIsNoOutline() public pure {
        Polygon.Point[] memory star = new Polygon.Point[](5);
        star[0] = Polygon.Point(-95, 31);
        star[1] = Polygon.Point(95, 31);
        star[2] = Polygon.Point(-59, -81);
        star[3] = Polygon.Point(0, 100);
        star[4] = Polygon.Point(59, -81);
        holds(!Polygon.isOutline(star), "clockwise");
        (star[1], star[4]) = (star[4], star[1]);
        (star[2], star[3]) = (star[3], star[2]);
        for (uint256 i = 0; i < 5; i++) {
            holds(Shapes.twiceArea(star[i], star[(i + 1) % 5], star[(i + 2) % 5]) > 0, "a left turn");
        }
        holds(!Polygon.isOutline(star), "star");
    }
}
