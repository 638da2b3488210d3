"""The tree, proofs, bundles and their verification; the contract and the engines that anchor heads."""
