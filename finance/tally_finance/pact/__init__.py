"""Product footprints between companies, as the PACT Technical Specifications 3.0 exchange them."""
