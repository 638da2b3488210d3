"""One network for a whole run, and the three chains that the shared suite runs on."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain.contracts.fixtures import anvil, embedded
from tests.chain.contracts.stage import ALL, Stage, signer
from tests.chain.nodes import geth_build
from tests.chain.nodes.chains import network_stage
from tests.chain.nodes.network import Network, running_network
from tests.chain.nodes.site_on_network import GATEWAY_KEY, GATEWAY_OWNER, played

__all__ = ["anvil", "embedded", "played"]

LONG = "TALLYSTICK_CHAIN_ROUNDS"
SEED = "TALLYSTICK_CHAIN_SEED"

LONG_ONLY = ["test_contract.py", "test_gateway_outage.py", "test_more_faults.py", "test_several_nodes.py"]
collect_ignore = [] if os.environ.get(LONG) else LONG_ONLY


@pytest.fixture(scope="session")
def geth() -> Path:
    """The binary; a machine that cannot have it skips by name."""
    try:
        return geth_build.geth()
    except geth_build.NotToBeHadError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def network_of_three(geth: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Started once; every choice that a test leaves to chance follows from the seed."""
    seed = int(os.environ.get(SEED) or random.randrange(2**32))
    print(f"seed {seed}: {SEED}={seed} repeats the choices")
    rich = [key.address for key in (*ALL, signer(GATEWAY_OWNER), signer(GATEWAY_KEY))]
    with running_network(geth, tmp_path_factory.mktemp("network"), rich, seed) as network:
        yield network


@pytest.fixture(scope="session")
def network_contract(network_of_three: Network) -> str:
    """The contract, put there once."""
    with network_stage(network_of_three.nodes[0]) as stage:
        network_of_three.wait_blocks(2)
        return stage.contract


@pytest.fixture
def network(network_of_three: Network, network_contract: str) -> Iterator[Network]:
    """The network, whole before the test and whole after it."""
    network_of_three.made_whole()
    try:
        yield network_of_three
    except AssertionError:
        print(network_of_three.tails())
        raise
    finally:
        network_of_three.made_whole()


@pytest.fixture
def on_network(network: Network, network_contract: str) -> Iterator[Stage]:
    """The contract, looked at through the first node."""
    with network_stage(network.nodes[0], network_contract) as stage:
        yield stage


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("anvil", marks=pytest.mark.evm_node),
        pytest.param("on_network", marks=pytest.mark.evm_network),
    ]
)
def chain(request: pytest.FixtureRequest) -> Stage:
    """The same contract on an engine in this process, on a test node, and on a network of a production client."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Stage)
    return found
