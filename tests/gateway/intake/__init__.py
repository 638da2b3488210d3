"""The two ways in, against real MQTT clients and a real broker."""
