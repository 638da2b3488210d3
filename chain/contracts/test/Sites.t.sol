// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Organisations} from "../Organisations.sol";
import {Polygon} from "../Polygon.sol";
import {Signed} from "../Signed.sol";
import {Sites} from "../Sites.sol";
import {Shapes} from "./Shapes.sol";
import {Recorder, Yard} from "./Yard.sol";

contract SitesTest is Yard {
    function setUp() public {
        establish();
    }

    function refused(Sites.AddSlot memory op, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), by(OWNER));
        VM.expectRevert(reason);
        sites.addSlot(op, signatures);
    }

    function registered(bytes32 site, Polygon.Point[] memory outline, bytes memory reason) private {
        if (reason.length > 0) VM.expectRevert(reason);
        VM.prank(admin);
        sites.registerSite(site, firm(OWNER), outline);
    }

    /// @dev Two sites meet or do not, wherever in which cells they lie.
    function testFuzz_SitesDoNotOverlap(uint256 seed, int32 x, int32 y) public {
        x = int32(int256(bound(uint256(uint32(x)), 0, 600_000_000)) - 300_000_000);
        y = int32(int256(bound(uint256(uint32(y)), 0, 600_000_000)) - 300_000_000);
        if (seed % 2 == 0) (x, y) = (x % 500_000, y % 500_000);
        Polygon.Point[] memory a = Shapes.moved(Shapes.hull(Shapes.scattered(seed, 8, 400_000)), x, y);
        Polygon.Point[] memory b =
            Shapes.moved(Shapes.hull(Shapes.scattered(seed ^ 1, 8, 400_000)), x + int32(uint32(seed % 999_983)), y);
        Polygon.Point[] memory there = Shapes.rectangle(0, 0, 10_000, 10_000);
        bool first = Shapes.meet(a, there);
        bytes32 one = keccak256("one");
        registered(one, a, first ? abi.encodeWithSelector(Sites.SitesOverlap.selector, one, SITE) : bytes(""));
        bool second = Shapes.meet(b, there) || (!first && Shapes.meet(a, b));
        if (second) VM.expectPartialRevert(Sites.SitesOverlap.selector);
        VM.prank(admin);
        sites.registerSite(keccak256("two"), firm(OWNER), b);
    }

    function test_OnlyTheAdministrationRegistersSites() public {
        Polygon.Point[] memory outline = Shapes.rectangle(20_000, 0, 30_000, 10);
        VM.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        sites.registerSite("x", firm(OWNER), outline);
        RECORDER.recordLogs();
        registered("x", outline, "");
        (bytes memory data, bytes32[] memory topics) = onlyLog();
        same(topics[0], Sites.SiteRegistered.selector, "event");
        same(topics[2], "x", "site");
        same(topics[3], firm(OWNER), "owner");
        (Polygon.Point[] memory shown,) = abi.decode(data, (Polygon.Point[], uint64));
        holds(Shapes.equal(shown, outline), "outline");
    }

    function test_SitesThatAreRefused() public {
        Polygon.Point[] memory small = Shapes.rectangle(20_000, 0, 30_000, 10);
        registered(0, small, abi.encodeWithSelector(Sites.SitesZeroId.selector));
        registered(SITE, small, abi.encodeWithSelector(Sites.SitesKnown.selector, SITE));
        registered("x", Shapes.first(small, 2), abi.encodeWithSelector(Sites.SitesNoOutline.selector, 2));
        Polygon.Point[] memory wide = Shapes.rectangle(20_000, 0, 20_000 + 1_000_001, 10);
        registered("x", wide, abi.encodeWithSelector(Sites.SitesTooLarge.selector, bytes32("x")));
        Polygon.Point[] memory high = Shapes.rectangle(20_000, 0, 20_010, 1_000_001);
        registered("x", high, abi.encodeWithSelector(Sites.SitesTooLarge.selector, bytes32("x")));
        Polygon.Point[] memory many = new Polygon.Point[](17);
        for (int32 i = 0; i < 17; i++) {
            many[uint32(i)] = Polygon.Point(20_000 + i * 100, i * i);
        }
        holds(Shapes.equal(Shapes.hull(many), many), "a parabola");
        registered("x", many, abi.encodeWithSelector(Sites.SitesNoOutline.selector, 17));
        registered("x", Shapes.first(many, 16), "");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesUnknownOrganisation.selector, bytes32("nobody")));
        VM.prank(admin);
        sites.registerSite("y", "nobody", small);
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesZeroId.selector));
        new Sites(admin, registry, address(0));
    }

    function test_ASlotIsItsPlace() public {
        Sites.AddSlot memory op = slotOp(Shapes.rectangle(0, 0, 100, 100), -500, 6_000);
        bytes[] memory signatures = signedBy(digestOf(op), by(OWNER));
        RECORDER.recordLogs();
        sites.addSlot(op, signatures);
        bytes memory fields = told(address(sites), SITE, ADD_SLOT, digestOf(op), 0, signatures);
        same(digestOf(abi.decode(fields, (Sites.AddSlot))), digestOf(op), "fields");
        (bytes32 site,,,, bool living,, int32 bottom, int32 top, bytes32 plan) = sites.slotOf(idOf(op));
        holds(site == SITE && living && bottom == -500 && top == 6_000 && plan == PLAN, "slot");
        holds(Shapes.equal(sites.outlineOf(idOf(op)), op.outline), "outline");
        (Signed.Party memory owner, bytes32 head,, bytes32[] memory slots) = sites.siteOf(SITE);
        holds(owner.organisation == firm(OWNER) && owner.since == block.number && slots.length == 1, "site");
        same(head, keccak256(abi.encode(bytes32(0), digestOf(op), blockhash(block.number - 1))), "head");
        op.head = head;
        refused(op, abi.encodeWithSelector(Sites.SitesKnownSlot.selector, idOf(op)));
    }

    /// @dev Two slots of one site meet where their outlines and their heights do.
    function testFuzz_SlotsDoNotOverlap(uint256 seed, int16 bottom, int16 top, int16 other, int16 above) public {
        if (bottom >= top || other >= above) return;
        Polygon.Point[] memory a = Shapes.hull(Shapes.scattered(seed, 5, 40));
        Polygon.Point[] memory b = Shapes.hull(Shapes.scattered(seed ^ 1, 5, 40));
        if (a.length < 3 || b.length < 3) return;
        Sites.AddSlot memory one = slotOp(Shapes.moved(a, 500, 500), bottom, top);
        sites.addSlot(one, signedBy(digestOf(one), by(OWNER)));
        Sites.AddSlot memory two = slotOp(Shapes.moved(b, 530, 500), other, above);
        bytes[] memory signatures = signedBy(digestOf(two), by(OWNER));
        bool meet = Shapes.meet(one.outline, two.outline) && bottom < above && other < top;
        if (meet) VM.expectRevert(abi.encodeWithSelector(Sites.SitesOverlap.selector, idOf(two), idOf(one)));
        sites.addSlot(two, signatures);
    }

    /// @dev One on the other, as in a rack.
    function test_SlotsAreStacked() public {
        Sites.AddSlot memory op = slotOp(Shapes.rectangle(0, 0, 100, 100), 0, 2_000);
        sites.addSlot(op, signedBy(digestOf(op), by(OWNER)));
        bytes32 ground = idOf(op);
        op = slotOp(op.outline, 1_999, 4_000);
        refused(op, abi.encodeWithSelector(Sites.SitesOverlap.selector, idOf(op), ground));
        op = slotOp(op.outline, 2_000, 4_000);
        sites.addSlot(op, signedBy(digestOf(op), by(OWNER)));
        op = slotOp(op.outline, -2_000, 1);
        refused(op, abi.encodeWithSelector(Sites.SitesOverlap.selector, idOf(op), ground));
        op = slotOp(op.outline, -2_000, 0);
        sites.addSlot(op, signedBy(digestOf(op), by(OWNER)));
    }

    function test_SlotsThatAreRefused() public {
        Sites.AddSlot memory op = slotOp(Shapes.rectangle(0, 0, 100, 100), 0, 10);
        (op.bottom, op.top) = (10, 10);
        refused(op, abi.encodeWithSelector(Sites.SitesNoHeight.selector, 10, 10));
        op.bottom = 0;
        op.plan = 0;
        refused(op, abi.encodeWithSelector(Sites.SitesZeroId.selector));
        op.plan = PLAN;
        op.site = "elsewhere";
        refused(op, abi.encodeWithSelector(Sites.SitesUnknown.selector, bytes32("elsewhere")));
        op.site = SITE;
        op.outline = Shapes.rectangle(-1, 0, 100, 100);
        refused(op, abi.encodeWithSelector(Sites.SitesOutside.selector, idOf(op), SITE));
        op.outline = Shapes.first(op.outline, 2);
        refused(op, abi.encodeWithSelector(Sites.SitesNoOutline.selector, 2));
        op.outline = new Polygon.Point[](9);
        for (int32 i = 0; i < 9; i++) {
            op.outline[uint32(i)] = Polygon.Point(i * 100, i * i);
        }
        refused(op, abi.encodeWithSelector(Sites.SitesNoOutline.selector, 9));
        op.outline = Shapes.rectangle(0, 0, 100, 100);
        op.head = "another";
        refused(op, abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, SITE, bytes32(0)));
        op.head = 0;
        op.deadline = NOW - 1;
        refused(op, abi.encodeWithSelector(Signed.SignedTooLate.selector, NOW - 1));
    }

    function test_OnlyTheOwnerAddsSlots() public {
        VM.roll(block.number + 1);
        join(0x52, Organisations.Role.SiteOwner);
        bindTo(firm(OWNER), 0x53, Organisations.Role.SiteOwner);
        Sites.AddSlot memory op = slotOp(Shapes.rectangle(0, 0, 100, 100), 0, 10);
        bytes[] memory another = signedBy(digestOf(op), by(0x53));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0x53), 12, 11));
        sites.addSlot(op, another);
        VM.roll(block.number + 1);
        another = signedBy(digestOf(op), by(0x52));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(0x52), firm(OWNER)));
        sites.addSlot(op, another);
        bytes[] memory two = signedBy(digestOf(op), by(OWNER, OWNER));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 1));
        sites.addSlot(op, two);
        sites.addSlot(op, signedBy(digestOf(op), by(OWNER)));
        Sites.AddSlot memory next = slotOp(Shapes.rectangle(100, 0, 200, 100), 0, 10);
        bytes[] memory later = signedBy(digestOf(next), by(0x53));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0x53), 12, 11));
        sites.addSlot(next, later);
        another = signedBy(digestOf(next), by(0x52));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(0x52), firm(OWNER)));
        sites.addSlot(next, another);
    }

    function test_OwnerAndKeeperAgree() public {
        bytes32 slot = addedSlot(0);
        Sites.AssignKeeper memory op = Sites.AssignKeeper(slot, 0, firm(KEEPER), known(), NEVER);
        bytes[] memory signatures = signedBy(digestOf(op), by(OWNER, OTHER_KEEPER));
        VM.expectRevert(
            abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(OTHER_KEEPER), firm(KEEPER))
        );
        sites.assignKeeper(op, signatures);
        signatures = signedBy(digestOf(op), by(KEEPER, KEEPER));
        VM.expectRevert(
            abi.encodeWithSelector(
                Signed.SignedByNobodyInRole.selector, 0, VM.addr(KEEPER), Organisations.Role.SiteOwner
            )
        );
        sites.assignKeeper(op, signatures);
        signatures = signedBy(digestOf(op), by(OWNER));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        sites.assignKeeper(op, signatures);
        signatures = signedBy(digestOf(op), by(OWNER, KEEPER));
        RECORDER.recordLogs();
        sites.assignKeeper(op, signatures);
        bytes memory fields = told(address(sites), slot, ASSIGN_KEEPER, digestOf(op), 0, signatures);
        same(plain(ofSites, ASSIGN_KEEPER, fields), digestOf(op), "fields");
        (Signed.Party memory keeper, bytes32 head) = sites.keeperOf(slot);
        holds(keeper.organisation == firm(KEEPER) && keeper.role == Organisations.Role.Keeper, "keeper");
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, slot, head));
        sites.assignKeeper(op, signatures);
        assign(slot, OTHER_KEEPER);
    }

    function test_DismissedAndRetired() public {
        bytes32 slot = addedSlot(0);
        bytes32 kept = addedSlot(1);
        Sites.DismissKeeper memory op = Sites.DismissKeeper(slot, 0, NEVER);
        bytes[] memory signatures = signedBy(digestOf(op), by(OWNER));
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesNobodyKeeps.selector, slot));
        sites.dismissKeeper(op, signatures);
        assign(slot, KEEPER);
        op.head = slotHead(slot);
        signatures = signedBy(digestOf(op), by(KEEPER));
        VM.expectPartialRevert(Signed.SignedByNobodyInRole.selector);
        sites.dismissKeeper(op, signatures);
        signatures = signedBy(digestOf(op), by(OWNER));
        RECORDER.recordLogs();
        sites.dismissKeeper(op, signatures);
        told(address(sites), slot, DISMISS_KEEPER, digestOf(op), op.head, signatures);
        (Signed.Party memory keeper,) = sites.keeperOf(slot);
        same(keeper.organisation, 0, "keeper");
        Sites.RetireSlot memory end = Sites.RetireSlot(slot, slotHead(slot), NEVER);
        signatures = signedBy(digestOf(end), by(KEEPER));
        VM.expectPartialRevert(Signed.SignedByNobodyInRole.selector);
        sites.retireSlot(end, signatures);
        signatures = signedBy(digestOf(end), by(OWNER));
        RECORDER.recordLogs();
        sites.retireSlot(end, signatures);
        told(address(sites), slot, RETIRE_SLOT, digestOf(end), end.head, signatures);
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesUnknownSlot.selector, slot));
        sites.retireSlot(end, signatures);
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesUnknownSlot.selector, slot));
        sites.keeperOf(slot);
        (,,, bytes32[] memory living) = sites.siteOf(SITE);
        holds(living.length == 1 && living[0] == kept, "living");
        bytes32 head = slotHead(slot);
        same(addedSlot(0), slot, "the same place");
        same(slotHead(slot), head, "its head goes on");
        end.head = slotHead(kept);
        end.slot = kept;
        sites.retireSlot(end, signedBy(digestOf(end), by(OWNER)));
        (,,, living) = sites.siteOf(SITE);
        holds(living.length == 1 && living[0] == slot, "living");
    }

    /// @dev Nobody but Lots puts anything into a slot; while something lies there, keeper and slot stay.
    function test_OnlyLotsOccupies() public {
        bytes32 slot = addedSlot(0);
        assign(slot, KEEPER);
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesNotLots.selector, address(this)));
        sites.occupy(slot, "lot", false, "digest");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesNotLots.selector, address(this)));
        sites.vacate(slot, "lot", "digest");
        Signed.Party memory next = Signed.Party(firm(OTHER_KEEPER), 1, Organisations.Role.Keeper);
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesNotLots.selector, address(this)));
        sites.succeeded(slot, "digest", firm(KEEPER), next);
        VM.startPrank(address(lots));
        bytes32 head = slotHead(slot);
        sites.occupy(slot, "lot", false, "digest");
        same(slotHead(slot), keccak256(abi.encode(head, bytes32("digest"), blockhash(block.number - 1))), "head");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesOccupied.selector, slot));
        sites.occupy(slot, "other", true, "digest");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesNotThere.selector, slot, bytes32("other")));
        sites.vacate(slot, "other", "digest");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesUnknownSlot.selector, bytes32("nowhere")));
        sites.occupy("nowhere", "other", true, "digest");
        head = slotHead(slot);
        sites.succeeded(slot, "judgment", firm(INSPECTOR), next);
        (Signed.Party memory keeper,) = sites.keeperOf(slot);
        same(keeper.organisation, firm(KEEPER), "who keeps it by now stays");
        same(slotHead(slot), keccak256(abi.encode(head, bytes32("judgment"), blockhash(block.number - 1))), "head");
        sites.succeeded(slot, "judgment", firm(KEEPER), next);
        (keeper,) = sites.keeperOf(slot);
        same(keeper.organisation, firm(OTHER_KEEPER), "keeper");
        VM.stopPrank();
        head = slotHead(slot);
        bytes memory occupied = abi.encodeWithSelector(Sites.SitesOccupied.selector, slot);
        VM.expectRevert(occupied);
        sites.assignKeeper(Sites.AssignKeeper(slot, head, firm(OTHER_KEEPER), known(), NEVER), new bytes[](0));
        VM.expectRevert(occupied);
        sites.dismissKeeper(Sites.DismissKeeper(slot, head, NEVER), new bytes[](0));
        VM.expectRevert(occupied);
        sites.retireSlot(Sites.RetireSlot(slot, head, NEVER), new bytes[](0));
        VM.startPrank(address(lots));
        sites.vacate(slot, "lot", "leaves");
        same(slotHead(slot), keccak256(abi.encode(head, bytes32("leaves"), blockhash(block.number - 1))), "head");
        for (uint256 i = 0; i < 64; i++) {
            sites.occupy(slot, bytes32(i + 1), true, "digest");
        }
        (,,, uint256 serialised,,,,,) = sites.slotOf(slot);
        same(serialised, 64, "serialised lots");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesFull.selector, slot));
        sites.occupy(slot, "one more", true, "digest");
        VM.expectRevert(abi.encodeWithSelector(Sites.SitesOccupied.selector, slot));
        sites.occupy(slot, "bulk", false, "digest");
        VM.stopPrank();
    }

    /// @dev The most slots that a site has, and what the last one of them costs.
    function test_ASiteHasAnEnd() public {
        VM.prank(admin);
        sites.registerSite("wide", firm(OWNER), Shapes.rectangle(20_000, 0, 120_000, 10));
        bytes32 head = 0;
        uint256 gas = 0;
        for (int32 i = 0; i <= 512; i++) {
            Polygon.Point[] memory place = Shapes.rectangle(20_000 + i * 100, 0, 20_100 + i * 100, 10);
            Sites.AddSlot memory op = Sites.AddSlot("wide", head, place, 0, 10, PLAN, NEVER);
            bytes[] memory signatures = signedBy(digestOf(op), by(OWNER));
            if (i == 512) VM.expectRevert(abi.encodeWithSelector(Sites.SitesFull.selector, bytes32("wide")));
            uint256 before = gasleft();
            sites.addSlot(op, signatures);
            if (i < 512) gas = before - gasleft();
            head = keccak256(abi.encode(head, digestOf(op), blockhash(block.number - 1)));
        }
        holds(gas < 4_000_000, "gas");
    }

    function onlyLog() private returns (bytes memory data, bytes32[] memory topics) {
        Recorder.Log[] memory logs = RECORDER.getRecordedLogs();
        same(logs.length, 1, "events");
        return (logs[0].data, logs[0].topics);
    }
}
