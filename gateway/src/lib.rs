//! The front door: sockets, routing, the proxy, broadcasts.
