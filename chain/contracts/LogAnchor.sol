// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title LogAnchor: the heads of append-only logs, accepted only when the old head is provably inside the new one
/// @notice A head is the size and root of an RFC 9162 Merkle tree over SHA-256. This contract keeps the newest head of
///         each log and refuses every head that is not proven to extend it, so that whoever holds the transaction key
///         can append to a log and can neither rewrite nor shorten what is anchored.
/// @dev Who may do what:
///        - the owner (a cold key) registers a log, rotates its transaction key, hands the log over, retires it, and
///          names a successor;
///        - the transaction key (a hot key on the gateway) anchors heads and nothing else.
///      Log ids are first come, first served, and anybody may register any id: a reader pins the log id together with
///      this contract's address and the owner. Only the owner itself can register under its own address, so a pinned
///      owner cannot be framed with a head that it never allowed.
///      Storage is a few fixed slots per log that are overwritten; the history is in the events. Each Anchored event
///      carries a running number and the block of the one before, so a reader walks the whole history backwards from
///      `head` and knows that nothing is missing.
///      `block.timestamp` is recorded and never compared: some chains (FISCO BCOS) count it in milliseconds.
contract LogAnchor {
    /// @dev The newest head and its standing; the first five fields share one slot, which every anchor overwrites.
    struct Log {
        uint64 size;
        uint64 anchoredAt;
        uint64 blockNumber;
        uint32 sequence;
        bool retired;
        bytes32 root;
        address txKey;
        address owner;
        address pendingOwner;
        bytes32 predecessor;
        bytes32 successor;
    }

    /// @notice What a reader gets about a log, in one answer.
    /// @param size Leaves under the newest anchored head; 0 before the first anchor.
    /// @param root Root of the newest anchored head.
    /// @param anchoredAt The block's own time when the head was accepted, in the chain's unit.
    /// @param blockNumber Block that accepted the head.
    /// @param sequence How many heads were accepted so far.
    /// @param txKey The key that may anchor.
    /// @param owner The key that may rotate, hand over and succeed.
    /// @param pendingOwner The key that was offered the log and has not accepted it.
    /// @param predecessor The log that this one continues, or zero.
    /// @param successor The log that continues this one, or zero.
    /// @param retired Whether the log takes no more heads; a log with a successor is retired.
    struct Head {
        uint64 size;
        bytes32 root;
        uint64 anchoredAt;
        uint64 blockNumber;
        uint32 sequence;
        address txKey;
        address owner;
        address pendingOwner;
        bytes32 predecessor;
        bytes32 successor;
        bool retired;
    }

    error LogAnchorZeroLogId();
    error LogAnchorZeroKey();
    error LogAnchorKnownLog(bytes32 logId);
    error LogAnchorUnknownLog(bytes32 logId);
    error LogAnchorRetiredLog(bytes32 logId, bytes32 successor);
    error LogAnchorNotOwner(bytes32 logId, address caller);
    error LogAnchorNotPendingOwner(bytes32 logId, address caller);
    error LogAnchorNotTransactionKey(bytes32 logId, address caller);
    error LogAnchorEmptyHead(bytes32 logId);
    error LogAnchorBehind(bytes32 logId, uint64 size, uint64 anchoredSize);
    error LogAnchorOtherRoot(bytes32 logId, uint64 size, bytes32 root, bytes32 anchoredRoot);
    error LogAnchorInconsistent(bytes32 logId, uint64 anchoredSize, uint64 size);

    event Registered(bytes32 indexed logId, address indexed owner, address indexed txKey);
    event Anchored(
        bytes32 indexed logId,
        uint32 indexed sequence,
        uint64 size,
        bytes32 root,
        uint64 previousSize,
        uint64 previousBlock
    );
    event TransactionKeyRotated(bytes32 indexed logId, address indexed previousKey, address indexed txKey);
    event OwnershipOffered(bytes32 indexed logId, address indexed owner, address indexed pendingOwner);
    event OwnershipTransferred(bytes32 indexed logId, address indexed previousOwner, address indexed owner);
    event Retired(bytes32 indexed logId, uint64 size, bytes32 root);
    event Succeeded(bytes32 indexed logId, bytes32 indexed successor, uint64 size, bytes32 root);

    mapping(bytes32 logId => Log) private _logs;

    /// @notice Registers a log under the caller, who becomes its owner.
    /// @param logId The log's id; never zero, never used before.
    /// @param txKey The key that may anchor heads of this log.
    function register(bytes32 logId, address txKey) external {
        _open(logId, msg.sender, txKey);
    }

    /// @notice Gives the right to anchor to another key, for instance after the gateway's key may have leaked.
    function rotate(bytes32 logId, address txKey) external {
        Log storage log = _owned(logId);
        if (txKey == address(0)) revert LogAnchorZeroKey();
        address previousKey = log.txKey;
        log.txKey = txKey;
        emit TransactionKeyRotated(logId, previousKey, txKey);
    }

    /// @notice Offers the log to a new owner, who must accept; offering to zero withdraws the offer.
    function offerOwnership(bytes32 logId, address pendingOwner) external {
        Log storage log = _owned(logId);
        log.pendingOwner = pendingOwner;
        emit OwnershipOffered(logId, msg.sender, pendingOwner);
    }

    /// @notice Takes over a log that was offered to the caller.
    function acceptOwnership(bytes32 logId) external {
        Log storage log = _known(logId);
        if (msg.sender != log.pendingOwner) revert LogAnchorNotPendingOwner(logId, msg.sender);
        address previousOwner = log.owner;
        log.owner = msg.sender;
        log.pendingOwner = address(0);
        emit OwnershipTransferred(logId, previousOwner, msg.sender);
    }

    /// @notice Retires a log for ever, for instance when a site closes. A successor may still be named later.
    function retire(bytes32 logId) external {
        Log storage log = _owned(logId);
        if (log.retired) revert LogAnchorRetiredLog(logId, log.successor);
        log.retired = true;
        emit Retired(logId, log.size, log.root);
    }

    /// @notice Retires a log for ever and opens the one that continues it, for instance when a gateway was lost.
    /// @dev The retired log keeps its newest head, so the successor names it by naming the retired log. A log has one
    ///      successor at most, or it would fork.
    function succeed(bytes32 oldLogId, bytes32 newLogId, address txKey) external {
        Log storage old = _owned(oldLogId);
        if (old.successor != bytes32(0)) revert LogAnchorRetiredLog(oldLogId, old.successor);
        _open(newLogId, msg.sender, txKey);
        old.retired = true;
        old.successor = newLogId;
        _logs[newLogId].predecessor = oldLogId;
        emit Succeeded(oldLogId, newLogId, old.size, old.root);
    }

    /// @notice Accepts a head, if it extends the newest one.
    /// @param logId The log.
    /// @param size Leaves under the new head; more than the anchored size, or the same head again.
    /// @param root Root of the new head.
    /// @param proof RFC 9162 consistency proof from the anchored head; empty for a log's first head.
    /// @return changed False when this very head is anchored already: sending it twice is harmless.
    function anchor(bytes32 logId, uint64 size, bytes32 root, bytes32[] calldata proof)
        external
        returns (bool changed)
    {
        Log storage log = _logs[logId];
        address txKey = log.txKey; // never zero in a registered log, so the owner's slot need not be read
        if (txKey == address(0)) revert LogAnchorUnknownLog(logId);
        if (msg.sender != txKey) revert LogAnchorNotTransactionKey(logId, msg.sender);
        if (log.retired) revert LogAnchorRetiredLog(logId, log.successor);
        if (size == 0) revert LogAnchorEmptyHead(logId);
        uint64 anchoredSize = log.size;
        bytes32 anchoredRoot = log.root;
        if (size < anchoredSize) revert LogAnchorBehind(logId, size, anchoredSize);
        if (size == anchoredSize) {
            if (root != anchoredRoot) revert LogAnchorOtherRoot(logId, size, root, anchoredRoot);
            return false;
        }
        bool extends_ =
            anchoredSize == 0 ? proof.length == 0 : _consistent(anchoredSize, anchoredRoot, size, root, proof);
        if (!extends_) revert LogAnchorInconsistent(logId, anchoredSize, size);

        uint64 previousBlock = log.blockNumber;
        uint32 sequence = log.sequence + 1;
        log.size = size;
        log.anchoredAt = uint64(block.timestamp);
        log.blockNumber = uint64(block.number);
        log.sequence = sequence;
        log.root = root;
        emit Anchored(logId, sequence, size, root, anchoredSize, previousBlock);
        return true;
    }

    /// @notice The newest head of a log and everything that stands around it.
    function head(bytes32 logId) external view returns (Head memory) {
        Log storage log = _known(logId);
        return Head({
            size: log.size,
            root: log.root,
            anchoredAt: log.anchoredAt,
            blockNumber: log.blockNumber,
            sequence: log.sequence,
            txKey: log.txKey,
            owner: log.owner,
            pendingOwner: log.pendingOwner,
            predecessor: log.predecessor,
            successor: log.successor,
            retired: log.retired
        });
    }

    function _open(bytes32 logId, address owner, address txKey) private {
        if (logId == bytes32(0)) revert LogAnchorZeroLogId();
        if (txKey == address(0)) revert LogAnchorZeroKey();
        Log storage log = _logs[logId];
        if (log.owner != address(0)) revert LogAnchorKnownLog(logId);
        log.owner = owner;
        log.txKey = txKey;
        emit Registered(logId, owner, txKey);
    }

    function _known(bytes32 logId) private view returns (Log storage log) {
        log = _logs[logId];
        if (log.owner == address(0)) revert LogAnchorUnknownLog(logId);
    }

    function _owned(bytes32 logId) private view returns (Log storage log) {
        log = _known(logId);
        if (msg.sender != log.owner) revert LogAnchorNotOwner(logId, msg.sender);
    }

    /// @dev RFC 9162 section 2.1.4.2 for 0 < first < second; the numbers are its steps.
    function _consistent(uint64 first, bytes32 firstRoot, uint64 second, bytes32 secondRoot, bytes32[] calldata proof)
        private
        view
        returns (bool)
    {
        if (proof.length == 0) return false; // 1
        uint256 fn = first - 1; // 3
        uint256 sn = second - 1;
        while (fn & 1 == 1) {
            // 4
            fn >>= 1;
            sn >>= 1;
        }
        // 2: where the first tree is a perfect one, its own root starts the path; 5: otherwise the proof does
        (bytes32 start, bytes32[] calldata path) = fn == 0 ? (firstRoot, proof) : (proof[0], proof[1:]);
        (bytes32 fr, bytes32 sr, bool whole) = _climb(fn, sn, start, path);
        return whole && fr == firstRoot && sr == secondRoot; // 7
    }

    /// @dev Step 6, from `start` along `path` to both roots; `whole` is whether the path ended where `sn` did. The loop
    ///      ends at the latest when `sn` has run out of bits, so a longer path costs no more than 64 rounds.
    ///      Written in assembly because an anchor at 2^20 leaves spends half of its execution here.
    ///      A node is SHA-256(0x01 || left || right) by the precompile at address 2, which is SHA-256 on every chain,
    ///      also where the KECCAK256 opcode is another hash. Two buffers of three words lie behind the free memory
    ///      pointer and are left there: a word that ends in 0x01, left, right. Each node is written over its buffer's
    ///      right word, which is where step 6b needs it next. A missing precompile answers with success and no bytes,
    ///      hence the length check.
    function _climb(uint256 fn, uint256 sn, bytes32 start, bytes32[] calldata path)
        private
        view
        returns (bytes32 fr, bytes32 sr, bool whole)
    {
        assembly ("memory-safe") {
            function hashNode(buffer) {
                if iszero(staticcall(gas(), 0x02, add(buffer, 0x1f), 0x41, add(buffer, 0x40), 0x20)) {
                    revert(0x00, 0x00)
                }
                if iszero(eq(returndatasize(), 0x20)) { revert(0x00, 0x00) }
            }

            let first := mload(0x40)
            let second := add(first, 0x60)
            mstore(first, 0x01)
            mstore(second, 0x01)
            mstore(add(first, 0x40), start)
            mstore(add(second, 0x40), start)
            let at := path.offset
            let end := add(at, shl(5, path.length))
            // 6a: a path that goes on when sn is zero is not whole
            for {} and(lt(at, end), iszero(iszero(sn))) { at := add(at, 0x20) } {
                switch or(and(fn, 1), eq(fn, sn))
                case 0 {
                    // 6c: sr is the left of its node
                    mstore(add(second, 0x20), mload(add(second, 0x40)))
                    calldatacopy(add(second, 0x40), at, 0x20)
                }
                default {
                    // 6b: fr and sr are the right of their nodes
                    calldatacopy(add(first, 0x20), at, 0x20)
                    calldatacopy(add(second, 0x20), at, 0x20)
                    hashNode(first)
                    for {} iszero(or(and(fn, 1), iszero(fn))) {} {
                        fn := shr(1, fn)
                        sn := shr(1, sn)
                    }
                }
                hashNode(second)
                fn := shr(1, fn) // 6d
                sn := shr(1, sn)
            }
            fr := mload(add(first, 0x40))
            sr := mload(add(second, 0x40))
            whole := and(eq(at, end), iszero(sn))
        }
    }
}
