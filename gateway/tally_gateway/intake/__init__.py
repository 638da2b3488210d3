"""The two ways in: from a broker, and over the gateway's own MQTT 5 listener."""
