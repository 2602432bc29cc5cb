//! A gateway on a real port, with real sockets and services in memory and over HTTP.

mod doors;
mod house;
mod lanes;
mod phone;
mod proxying;
mod pushes;
mod sockets;
mod stopping;
