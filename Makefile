# Every target makes its own environment first, from locked and hashed requirements. Nothing is installed outside VENV,
# except that `make test` as root fetches eleven Debian packages (tools/system-packages).

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
UV_VERSION := 0.13.9

.PHONY: help demo test check check-types check-rest format pages bench kill sim sim-long receipts-long races removals contracts gas chain-faults chain-nodes fuzz lock clean museum detection firmware pact cheats demo-footprint browser

help:
	@echo "make demo    a small site, its gateway and a chain in one minute; what is proven, and what is caught"
	@echo "make test    every test, TEST_WORKERS (4) at once; where CI=true a skip fails, and the runs of make chain-faults are 500, not 100"
	@echo "make check   style, types, import rules, pages; what plays a demo first is in make test"
	@echo "make format  let ruff mend what it can"
	@echo "make pages   write the pages that follow from the code (commands, findings, metrics, lists)"
	@echo "make bench   speeds beside their floors (also build/bench.json)"
	@echo "make detection  every attack and fault over DETECTION_SEEDS (50; the long form is 1000) seeds, thefts over DETECTION_POWER_SEEDS (60): docs/detection.md; cut off, it goes on"
	@echo "make museum  every fraud and defect of the field as a play: what refuses it, what remains, and that each guard is needed (docs/museum.md)"
	@echo "make cheats  every pattern of cheating with a footprint, played through a simulated works: what says so, a line each (docs/cheats.md)"
	@echo "make demo-footprint  a steel plant's year through meter, agent, gateway and chain to a reviewer's signature, and the reviewer's guide held to it"
	@echo "make pact    the 41 conformance cases of PACT 3.0 against a running host of product footprints, a line each"
	@echo "make browser  the pages in a real browser: flows, axe, and pictures of every page in both languages and colours (build/screenshots/)"
	@echo "make kill    the long crash rounds"
	@echo "make sim     the whole system under virtual time, 200 seeds (SIM_SEEDS); SIM_SEED=n plays one again, event by event"
	@echo "make receipts-long  RECEIPT_STEPS (10,000) operations by chance on warehouse receipts, by the rules and by the contracts, from RECEIPT_SEED on"
	@echo "make races   two lenders and one receipt in RACES (1,000) interleavings, by the rules and by the contracts"
	@echo "make removals  REMOVALS (1,000) times 3 % of a steel plant's year is removed, by chance and by an adversary: a gap never costs less than measuring"
	@echo "make sim-long  the same for hours (SIM_SECONDS, SIM_FIRST)"
	@echo "make contracts  the contracts: artefacts, forge, halmos, slither"
	@echo "make gas     what the contracts cost, beside others (docs/gas.md, build/gas.json)"
	@echo "make chain-faults  the anchoring client behind a proxy that drops, delays and forges, 5,000 runs (FAULT_RUNS)"
	@echo "make chain-nodes  three real nodes: the anchoring suite and rounds of faults, with a tally (CHAIN_ROUNDS, CHAIN_SEED)"
	@echo "make firmware  the reference firmware in C: build, sanitizers, sizes, $(FIRMWARE_SETS) reading sets through both (FIRMWARE_SETS)"
	@echo "make fuzz    the decoders, for an hour (FUZZ_SECONDS)"
	@echo "make lock    resolve requirements/*.txt anew"

demo: $(VENV)/run.stamp
	$(PY) -m tally_edge.command demo

# A run starts hundreds of processes. What one has compiled, and pytest rewritten, the others read, also where the
# environment forbids it, as images for containers do.
test check: export PYTHONDONTWRITEBYTECODE =

TEST_WORKERS ?= 4
BROWSER_PACKAGES = chromium fonts-noto-cjk:/usr/share/fonts/opentype/noto
PAGE_PACKAGES = poppler-utils:pdftotext poppler-data:/usr/share/poppler/cMap
FIRMWARE_PACKAGES = build-essential:cc libmbedtls-dev:/usr/include/mbedtls/ecdsa.h libmosquitto-dev:/usr/include/mosquitto.h
test: $(VENV)/dev.stamp
	@tools/system-packages mosquitto strace golang-go:go postgresql:/usr/lib/postgresql $(PAGE_PACKAGES) $(BROWSER_PACKAGES) $(FIRMWARE_PACKAGES)
	$(PY) -m pytest -n $(TEST_WORKERS)

# Types take one core for longer than all the rest takes another. The last line finds modules that can not be imported,
# and leaves what pytest rewrote of each to the workers of `make test`.
check: $(VENV)/dev.stamp
	@$(MAKE) --no-print-directory --jobs=2 check-types check-rest

check-types: $(VENV)/dev.stamp
	$(VENV)/bin/mypy

check-rest: $(VENV)/dev.stamp
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q -m "not slow" tests/docs
	$(PY) -m pytest -q --collect-only tests > $(VENV)/collected || { cat $(VENV)/collected; exit 1; }

format: $(VENV)/dev.stamp
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

pages: $(VENV)/dev.stamp
	$(PY) -m tests.docs.pages

bench: $(VENV)/dev.stamp
	$(PY) -m tests.bench

DETECTION_SEEDS ?= 50
DETECTION_POWER_SEEDS ?= 60
detection: $(VENV)/dev.stamp
	$(PY) -m tests.detection --seeds $(DETECTION_SEEDS) --power-seeds $(DETECTION_POWER_SEEDS)

museum: $(VENV)/dev.stamp
	$(PY) -m tests.museum

cheats: $(VENV)/dev.stamp
	$(PY) -m tests.finance.cheats

pact: $(VENV)/dev.stamp
	$(PY) -m tests.finance.pact

browser: $(VENV)/dev.stamp
	@tools/system-packages $(BROWSER_PACKAGES)
	PICTURES=1 $(PY) -m pytest tests/browser tests/chain/page

KILL_ROUNDS ?= 500
KILL_TESTS = $(shell find tests -name 'test_kill*.py')
kill: $(VENV)/dev.stamp
	@tools/system-packages mosquitto strace
	TALLYSTICK_KILL_ROUNDS=$(KILL_ROUNDS) $(PY) -m pytest -s $(KILL_TESTS)

SIM_SEEDS ?= 200
SIM_FIRST ?= 1
SIM_SEED ?=
sim: $(VENV)/dev.stamp
	@tools/system-packages build-essential:cc
	$(PY) -m tests.simulation $(if $(SIM_SEED),--seed $(SIM_SEED),--seeds $(SIM_SEEDS) --first $(SIM_FIRST))

demo-footprint: $(VENV)/dev.stamp
	DEMO=full $(PY) -m pytest tests/docs/test_reviewer_guide.py

REMOVALS ?= 1000
removals: $(VENV)/dev.stamp
	REMOVALS=$(REMOVALS) $(PY) -m pytest tests/finance/activity/test_never_cheaper.py tests/finance/activity/test_never_cheaper_signed.py tests/finance/report/test_never_cheaper_report.py

RACES ?= 1000
races: $(VENV)/dev.stamp
	$(PY) -m tests.chain.receipts.race --races $(RACES)

RECEIPT_STEPS ?= 10000
RECEIPT_SEED ?= 1
receipts-long: $(VENV)/dev.stamp
	RECEIPT_STEPS=$(RECEIPT_STEPS) RECEIPT_SEED=$(RECEIPT_SEED) $(PY) -m tests.chain.receipts.long

SIM_SECONDS ?= 14400
sim-long: $(VENV)/dev.stamp
	@tools/system-packages build-essential:cc
	$(PY) -m tests.simulation --first $(SIM_FIRST) --seconds $(SIM_SECONDS)

contracts: $(VENV)/dev.stamp
	$(PY) -m tests.chain.contracts.workshop

gas: $(VENV)/dev.stamp
	$(PY) -m tests.chain.gas

FAULT_RUNS ?= 5000
chain-faults: $(VENV)/dev.stamp
	TALLYSTICK_FAULT_RUNS=$(FAULT_RUNS) $(PY) -m pytest -s tests/chain/faults

CHAIN_ROUNDS ?= 60
CHAIN_SEED ?=
chain-nodes: $(VENV)/dev.stamp
	@tools/system-packages golang-go:go
	$(PY) -m tests.chain.nodes.geth_build
	CI=true TALLYSTICK_CHAIN_ROUNDS=$(CHAIN_ROUNDS) TALLYSTICK_CHAIN_SEED=$(CHAIN_SEED) $(PY) -m pytest -s -p no:randomly --durations=10 tests/chain/nodes

FIRMWARE_SETS ?= 100000
FIRMWARE_STEPS ?= 100
DEVICE = firmware-sim/device
firmware: $(VENV)/dev.stamp
	@tools/system-packages $(FIRMWARE_PACKAGES)
	$(MAKE) -C $(DEVICE) OUT=$(CURDIR)/build/firmware all san no-heap size
	build/firmware/tally-device powercut $(FIRMWARE_STEPS) electricity 2
	$(PY) -m tests.firmware.differential --count $(FIRMWARE_SETS)

FUZZ_SECONDS ?= 3600
fuzz: $(VENV)/dev.stamp
	$(PY) -m tests.fuzz --seconds $(FUZZ_SECONDS)

$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make environments; on Debian: apt-get install python3-venv"; exit 2; }
	@touch $@

$(VENV)/run.stamp: $(VENV)/made.stamp requirements/run.txt pyproject.toml
	@echo "installing what runs (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/made.stamp requirements/dev.txt pyproject.toml
	@echo "installing what runs and what tests (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp

LOCK = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --native-tls
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv==$(UV_VERSION)
	$(LOCK) --extra all pyproject.toml requirements/build.in -o requirements/run.txt
	$(LOCK) --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt

clean:
	rm -rf $(VENV) $(VENV)-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
